"""Write and read checkpoints atomically."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError, OutputError
from posterplot.files import new_file
from posterplot.training.checkpoints import read_checkpoint
from posterplot.training.loop.history import HistoryRow, read_history

LAST = "last.ckpt"
BEST = "best.ckpt"


class CheckpointFiles(TorchCheckpointIO):
    """Writes each checkpoint to a temporary file, synchronises it to the disk, and renames it.

    Lightning's own class writes to the system's temporary folder. If that is on another disk, the
    file is then copied over the previous checkpoint, so a full disk or a kill would lose both.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        """Write a checkpoint. The previous one stays until it is complete.

        Raises:
            OutputError: The checkpoint cannot be written, e.g. because the disk is full.
        """
        path = Path(path)
        try:
            with new_file(path, replace=True) as temporary, temporary.open("wb") as stream:
                torch.save(checkpoint, stream)
        except (OutputError, RuntimeError) as error:  # torch's error for a full disk
            raise OutputError(
                "cannot be written; the checkpoint before it is kept",
                where=path,
                hint="check the permissions and the disk space, and continue with `resume=True`",
            ) from error


class SavedTraining(NamedTuple):
    """What a checkpoint records of its training.

    Attributes:
        path: Path of the checkpoint.
        history: The rows of ``history.csv`` up to it.
        datasets: Fingerprints of the dataset and of its sources.
    """

    path: Path
    history: list[HistoryRow]
    datasets: list[str]


def read_last(folder: Path, log: Callable[[str], None]) -> SavedTraining | None:
    """Return the training to continue, from the last checkpoint, or the best if that is damaged.

    Args:
        folder: Folder of the checkpoints.
        log: Called with a line if the last one is damaged.

    Returns:
        None if there is no checkpoint: the training was interrupted in its first epoch.

    Raises:
        OutputError: All checkpoints are damaged, or the run was moved.
    """
    damaged = []
    for path in (folder / LAST, folder / BEST):
        if not path.is_file():
            continue
        try:
            state = read_checkpoint(path)
            places = {c["dirpath"] for c in state["callbacks"].values() if "dirpath" in c}
            history = state.get("history")
            if history is None:  # the training started before checkpoints contained the history
                history = read_history(folder.parent / "history.csv")
            datasets = [state["dataset"], *state.get("sources", [])]
            saved = SavedTraining(path, history, datasets)
        except Exception:  # the type of torch's error depends on the bytes that it reads
            damaged.append(path)
            continue
        if any(Path(place).resolve() != folder.resolve() for place in places):
            # Lightning would no longer know the best epoch
            raise OutputError(
                "was moved since it was started",
                where=folder.parent,
                hint=f"move it back to {Path(min(places)).parent} to resume it",
            )
        if damaged:
            log(f"{damaged[0]} is damaged; continuing from {path.name}, epoch {state['epoch'] + 1}")
        return saved
    if damaged:
        raise OutputError("is damaged", where=damaged[0], hint="remove the run and train again")
    return None


def check_datasets(
    saved: SavedTraining, dataset: Dataset, fingerprints: Sequence[str], run: Path
) -> None:
    """Refuse to resume with other films than those the run was started with.

    Raises:
        DatasetError: A fingerprint is another one.
    """
    if saved.datasets[0] != fingerprints[0]:
        raise DatasetError(
            "is not the dataset that the run was started with",
            where=dataset.path,
            hint="resume with that one, or start a new run",
        )
    if saved.datasets[1:] != list(fingerprints[1:]):
        raise DatasetError(
            "the datasets in sources or distillation.extra have changed since the run was started",
            where=run,
            hint="resume with the same ones, or start a new run",
        )

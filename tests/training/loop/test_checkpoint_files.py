from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from posterplot.errors import DatasetError, OutputError
from posterplot.training.loop.checkpoint_files import (
    BEST,
    LAST,
    CheckpointFiles,
    SavedTraining,
    check_datasets,
    read_last,
)


def state(folder, epoch=0, **changes):
    """A checkpoint of an epoch, as far as it is read to resume a training."""
    callbacks = {"ModelCheckpoint": {"dirpath": str(folder)}, "EarlyStopping": {"wait": 0}}
    checkpoint = {"callbacks": callbacks, "dataset": "main", "history": [], "epoch": epoch}
    return checkpoint | changes


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "run" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_a_checkpoint_replaces_the_one_before_when_it_is_complete(folder, monkeypatch):
    files, path = CheckpointFiles(), folder / LAST
    files.save_checkpoint({"epoch": 1}, path)
    assert torch.load(path, weights_only=True) == {"epoch": 1}

    def fail(checkpoint, stream):
        stream.write(b"half")
        raise RuntimeError("unexpected pos 64 vs 0")  # torch's error for a full disk

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OutputError, match=r"last.ckpt: cannot be written; the checkpoint before"):
        files.save_checkpoint({"epoch": 2}, str(path))
    assert torch.load(path, weights_only=True) == {"epoch": 1}
    assert [path.name for path in folder.iterdir()] == [LAST]


def test_the_last_checkpoint_is_continued(folder):
    assert read_last(folder, lambda _: None) is None
    CheckpointFiles().save_checkpoint(state(folder), folder / BEST)
    CheckpointFiles().save_checkpoint(state(folder, 1, sources=["more"]), folder / LAST)
    lines = []
    saved = read_last(folder, lines.append)
    assert saved == SavedTraining(folder / LAST, [], ["main", "more"])
    assert lines == []


@pytest.mark.parametrize("content", [b"", b"half a checkpoint"])
def test_the_best_checkpoint_stands_in_for_a_damaged_one(folder, content):
    (folder / LAST).write_bytes(content)
    with pytest.raises(OutputError, match=r"last.ckpt: is damaged; remove the run"):
        read_last(folder, lambda _: None)
    CheckpointFiles().save_checkpoint(state(folder, 2), folder / BEST)
    lines = []
    assert read_last(folder, lines.append).path == folder / BEST
    assert lines == [f"{folder / LAST} is damaged; continuing from best.ckpt, epoch 3"]


def test_a_run_that_was_moved_is_not_continued(folder, tmp_path):
    CheckpointFiles().save_checkpoint(state(folder), folder / LAST)
    moved = (tmp_path / "run").rename(tmp_path / "moved")
    with pytest.raises(OutputError, match=r"moved: was moved since it was started; move it back"):
        read_last(moved / "checkpoints", lambda _: None)


def test_only_the_datasets_of_the_start_are_continued():
    saved, dataset = SavedTraining(Path(LAST), [], ["a", "b"]), SimpleNamespace(path=Path("data"))
    check_datasets(saved, dataset, ["a", "b"], Path("run"))
    with pytest.raises(DatasetError, match="data: is not the dataset that the run was started"):
        check_datasets(saved, dataset, ["x", "b"], Path("run"))
    for sources in ([], ["x"], ["b", "c"]):
        with pytest.raises(DatasetError, match=r"run: the datasets in sources .* have changed"):
            check_datasets(saved, dataset, ["a", *sources], Path("run"))

"""``history.csv``: one row per epoch, with all metrics."""

import csv
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from posterplot.files import new_file

_METRICS = (
    "loss",
    "micro_precision",
    "micro_recall",
    "micro_f1",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "mAP",
)
COLUMNS = ("epoch", *(f"{split}_{name}" for split in ("train", "validation") for name in _METRICS))


class HistoryLogger(Logger):
    """Writes ``history.csv`` as a whole each time an epoch logs metrics.

    A resumed training continues the file; rows of repeated epochs are replaced.

    Args:
        path: of the file.

    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._rows = {int(row["epoch"]): row for row in read_history(path)}

    @property
    def name(self) -> str:
        """The logger's name."""
        return "history"

    @property
    def version(self) -> None:
        """There is only one."""

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the configuration is saved with the run."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Add the metrics of train or of validation to the row of the epoch."""
        row = self._rows.setdefault(int(metrics["epoch"]), {})
        row["epoch"] = int(metrics["epoch"])
        row.update({name: f"{metrics[name]:.6f}" for name in COLUMNS[1:] if name in metrics})
        with (
            new_file(self._path, replace=True) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as stream,
        ):
            writer = csv.DictWriter(stream, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(self._rows[epoch] for epoch in sorted(self._rows))


def read_history(path: Path) -> list[dict[str, Any]]:
    """Return the rows of ``history.csv`` as text; none if the file does not exist."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

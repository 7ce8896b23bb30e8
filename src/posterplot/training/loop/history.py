"""Write and read ``history.csv``: one row of metrics per epoch."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from posterplot.files import new_file

HistoryRow = dict[str, str]

_FIGURES = (
    "loss",
    "micro_precision",
    "micro_recall",
    "micro_f1",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "mAP",
)
COLUMNS = ("epoch", *(f"{split}_{name}" for split in ("train", "validation") for name in _FIGURES))


class History:
    """The metrics of a training, epoch by epoch.

    Each checkpoint holds the rows up to its epoch, and the file is written after it. So the history
    of a resumed training is that of the checkpoint, whatever was on the disk.

    Args:
        path: Path of the file; None to keep the rows in memory only.
        rows: Rows of earlier epochs, if the training is resumed.

    """

    def __init__(self, path: Path | None = None, rows: Iterable[HistoryRow] = ()) -> None:
        self._path = path
        self._rows: dict[int, HistoryRow] = {int(row["epoch"]): dict(row) for row in rows}

    @property
    def rows(self) -> list[HistoryRow]:
        """The rows in the order of the epochs: column -> text."""
        return [dict(self._rows[epoch]) for epoch in sorted(self._rows)]

    def record(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Add metrics, such as ``train_loss``, to the row of an epoch."""
        row = self._rows.setdefault(epoch, {"epoch": str(epoch)})
        row.update({name: f"{metrics[name]:.6f}" for name in COLUMNS[1:] if name in metrics})

    def write(self) -> None:
        """Write the file as a whole."""
        if self._path is None:
            return
        with (
            new_file(self._path, replace=True) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as stream,
        ):
            writer = csv.DictWriter(stream, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(self.rows)


def read_history(path: Path) -> list[HistoryRow]:
    """Return the rows of ``history.csv`` as text, or none if the file does not exist."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))

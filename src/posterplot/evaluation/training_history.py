"""Read the metrics of a training from its ``history.csv``, without torch."""

import csv
from pathlib import Path

from posterplot.errors import UsageError
from posterplot.training.loop.history import read_history

_METRICS = ("loss", "micro_precision", "macro_precision", "micro_recall", "macro_recall")
# The columns that are read; mAP is measured on validation only.
_COLUMNS = (
    *("epoch", "validation_mAP"),
    *(f"{split}_{name}" for split in ("train", "validation") for name in _METRICS),
)


def learning_history(run: Path) -> list[dict[str, float]]:
    """Return the metrics of every finished epoch; NaN where a metric was not measured.

    Args:
        run: A folder with a ``history.csv``.

    Returns:
        A row per epoch: ``epoch`` (from 0), ``validation_mAP``, and with the prefixes ``train_``
        and ``validation_`` the loss and micro- and macro-precision and -recall at 0.5.

    Raises:
        UsageError: The run has no history (baselines and late fusion have none), or its history is
            damaged or has no finished epoch.

    """
    path = run / "history.csv"
    if not path.is_file():
        raise UsageError(
            "has no history.csv", where=run, hint="give the run of a network (not of a baseline)"
        )
    try:
        finished = [row for row in read_history(path) if row["validation_loss"]]
        history = [{name: float(row[name] or "nan") for name in _COLUMNS} for row in finished]
    except (ValueError, KeyError, csv.Error) as error:
        raise UsageError(
            "is not the history of a run", where=path, hint="train the run again"
        ) from error
    if not history:
        raise UsageError("has no finished epoch", where=path, hint="wait for one, or train it")
    return history

import math

import pytest

from posterplot.errors import UsageError
from posterplot.evaluation.training_history import learning_history
from posterplot.training.loop.history import COLUMNS, History


def test_only_finished_epochs_are_read(tmp_path):
    history = History(tmp_path / "history.csv")
    history.record(0, {"train_loss": 0.5, "validation_loss": 0.4, "validation_mAP": 0.25})
    history.record(1, {"train_loss": 0.3})
    history.write()
    [row] = learning_history(tmp_path)
    assert (row["epoch"], row["train_loss"], row["validation_mAP"]) == (0, 0.5, 0.25)
    assert math.isnan(row["train_micro_recall"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "has no history.csv; give the run of a network"),
        ("a,b\n1,2\n", "is not the history of a run"),
        (",".join(COLUMNS) + "\n", "has no finished epoch"),
    ],
)
def test_a_run_without_a_usable_history(tmp_path, content, message):
    if content is not None:
        (tmp_path / "history.csv").write_text(content)
    with pytest.raises(UsageError, match=message):
        learning_history(tmp_path)

from posterplot.training.loop.history_logger import HistoryLogger, read_history


def test_train_and_validation_of_an_epoch_are_one_row(tmp_path):
    logger = HistoryLogger(tmp_path / "history.csv")
    logger.log_metrics({"epoch": 0, "validation_loss": 0.5, "validation_mAP": 0.25})
    logger.log_metrics({"epoch": 0, "train_loss": 0.75, "unknown": 3})
    (row,) = read_history(tmp_path / "history.csv")
    assert float(row["train_loss"]) == 0.75
    assert float(row["validation_mAP"]) == 0.25
    assert "unknown" not in row


def test_a_resumed_history_continues_and_replaces_repeated_epochs(tmp_path):
    path = tmp_path / "history.csv"
    first = HistoryLogger(path)
    for epoch in range(3):
        first.log_metrics({"epoch": epoch, "train_loss": 1.0})
    second = HistoryLogger(path)
    second.log_metrics({"epoch": 2, "train_loss": 2.0})
    second.log_metrics({"epoch": 3, "train_loss": 2.0})
    rows = read_history(path)
    assert [(r["epoch"], float(r["train_loss"])) for r in rows] == [
        ("0", 1.0),
        ("1", 1.0),
        ("2", 2.0),
        ("3", 2.0),
    ]


def test_a_missing_history_is_empty(tmp_path):
    assert read_history(tmp_path / "none.csv") == []

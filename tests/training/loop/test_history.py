from posterplot.training.loop.history import History, read_history


def test_train_and_validation_of_an_epoch_are_one_row(tmp_path):
    history = History(tmp_path / "history.csv")
    history.record(0, {"validation_loss": 0.5, "validation_mAP": 0.25})
    history.record(0, {"train_loss": 0.75, "unknown": 3})
    history.write()
    (row,) = read_history(tmp_path / "history.csv")
    assert float(row["train_loss"]) == 0.75
    assert float(row["validation_mAP"]) == 0.25
    assert "unknown" not in row


def test_a_resumed_history_is_that_of_the_checkpoint_and_not_of_the_file(tmp_path):
    path = tmp_path / "history.csv"
    first = History(path)
    for epoch in range(3):
        first.record(epoch, {"train_loss": 1.0})
    of_the_checkpoint = first.rows
    first.record(3, {"validation_loss": 1.0})  # the process is killed amid this epoch
    first.write()
    second = History(path, of_the_checkpoint)
    second.write()
    assert read_history(path)[-1]["epoch"] == "2"
    second.record(3, {"train_loss": 2.0})
    second.write()
    assert [(row["epoch"], float(row["train_loss"])) for row in read_history(path)] == [
        ("0", 1.0),
        ("1", 1.0),
        ("2", 1.0),
        ("3", 2.0),
    ]


def test_no_history_is_empty(tmp_path):
    assert read_history(tmp_path / "none.csv") == []

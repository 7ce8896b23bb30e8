import pytest

from posterplot import evaluation
from posterplot.evaluation import evaluate


def test_an_evaluation_replaces_no_file(call, runs, dataset, tmp_path):
    (tmp_path / "films.parquet").write_text("mine")
    out = tmp_path / "films.json"
    code, _, err = call("evaluate", runs / "tiny-lstm", "--data", dataset.path, "--out", out)
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "films.parquet: exists already" in err
    assert (tmp_path / "films.parquet").read_text() == "mine"


def test_ctrl_c_of_a_command_without_resume_does_not_mention_it(
    call, dataset, runs, monkeypatch, tmp_path
):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("posterplot.evaluation.predict_split", stop)
    out = tmp_path / "evaluation.json"
    code, _, err = call("evaluate", runs / "tiny-lstm", "--data", dataset.path, "--out", out)
    assert (code, err) == (130, "Stopped.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--data", "x", "--split", "dev"], "there is no split 'dev'"),
        (["nowhere", "--data", "x"], "no such folder"),
        (["nowhere", "--data", "x", "--out", "x.parquet"], "x.parquet"),
    ],
)
def test_a_wrong_call_is_one_clear_line(call, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = call("evaluate", *arguments)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1, err
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_a_single_film_is_counted_as_one(call, runs, dataset, tmp_path, monkeypatch):
    ones = {
        "films": 1,
        "left_out": {"blank": 1},
        "unread": {"odd": 1},
        "unknown_genres": {"War": 1},
    }

    def evaluate_one(*arguments):
        return evaluate(*arguments).model_copy(update=ones)

    monkeypatch.setattr(evaluation, "evaluate", evaluate_one)
    out = tmp_path / "evaluation.json"
    code, _, err = call("evaluate", runs / "tiny-lstm", "--data", dataset.path, "--out", out)
    assert code == 0, err
    for line in ("1 film of test;", "1 film left out:", "1 film evaluated", "1 film of the genre"):
        assert f"\n{line}" in f"\n{err}"

import re

import pytest
from tests.conftest import LSTM, TFIDF


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(LSTM)
    return path


def _stop_in_epoch(number, monkeypatch):
    from posterplot.training.loop.module import GenreModule

    real = GenreModule.training_step

    def step(self, *arguments):
        if self.current_epoch + 1 == number:
            raise KeyboardInterrupt
        return real(self, *arguments)

    monkeypatch.setattr(GenreModule, "training_step", step)


@pytest.mark.usefixtures("quick_export")
@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (
            LSTM,
            r"reading the dataset .*loading PyTorch\nloading \d+ films\n.*building the network\n"
            r"training for up to 1 epoch of \d+ steps?\n.*exporting the network\n"
            r"fitting calibration and thresholds on \d+ validation films\n",
        ),
        (TFIDF, r"loading PyTorch\nloading \d+ films\n.*fitting a logistic regression for each"),
    ],
)
def test_every_step_says_when_it_starts(call, config, dataset, tmp_path, text, pattern):
    config.write_text(text)
    changes = ["--set", "fit.epochs=1"] * (text == LSTM)
    command = ("train", config, "--data", dataset.path, "--out", tmp_path / "run")
    code, out, err = call(*command, *changes)
    assert (code, out) == (0, "")
    assert re.search(pattern, err, re.DOTALL), err


@pytest.mark.usefixtures("quick_export")
def test_ctrl_c_names_resume_where_there_is_a_checkpoint(
    call, config, dataset, tmp_path, monkeypatch
):
    command = ("train", config, "--data", dataset.path, "--out", tmp_path / "run")
    with monkeypatch.context() as patched:
        _stop_in_epoch(2, patched)
        code, _, err = call(*command)
    assert code == 130
    assert err.endswith("Stopped. The same command with --resume continues after the last epoch.\n")
    code, _, err = call(*command, "--resume")
    assert code == 0
    assert "epoch 3/3: validation mAP" in err
    assert "epoch 1/3" not in err


def test_ctrl_c_in_the_first_epoch_leaves_nothing(call, config, dataset, tmp_path, monkeypatch):
    _stop_in_epoch(1, monkeypatch)
    out = tmp_path / "run"
    code, _, err = call("train", config, "--data", dataset.path, "--out", out)
    assert code == 130
    assert err.endswith("so nothing is kept: start again without --resume.\n")
    assert not out.exists()
    code, _, err = call("train", config, "--data", dataset.path, "--out", out, "--resume")
    assert code == 2
    assert err == (
        f"posterplot: {out}: is not a run to resume: a training that stops before its first "
        "checkpoint keeps nothing; start it without --resume\n"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("late-fusion", "poster and overview: runs/poster-cnn and runs/overview-lstm do not exist"),
        ("overview-tfidf", "exists already"),
    ],
)
def test_what_cannot_start_is_refused_before_the_dataset_and_pytorch(
    call, tmp_path, monkeypatch, name, message
):
    monkeypatch.chdir(tmp_path)
    if message == "exists already":
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "mine.txt").touch()
    code, _, err = call("train", name, "--data", "nowhere", "--out", "run")
    assert code == 2
    assert message in err
    assert not re.search(r"reading|loading|nowhere", err)


def test_a_fault_of_an_override_names_the_option(call, config, dataset, tmp_path):
    command = ("train", config, "--data", dataset.path, "--out", tmp_path / "run")
    code, _, err = call(*command, "--set", "training.epochs=1")
    assert code == 2
    assert err.startswith(
        "posterplot: --set training.epochs=1: training is unknown (did you mean fit.epochs?); "
        "a configuration has kind, name, "
    )
    assert err.count("\n") == 1
    config.write_text(TFIDF)
    code, _, err = call(*command, "--set", "min_film=3")
    assert "(did you mean min_films?)" in err

import io
import re
import sys

import pytest
import rich
from rich.console import Console
from tests.conftest import LSTM

from posterplot.training.config.run_config import load_config
from posterplot.training.train import train


@pytest.fixture
def config(tmp_path, quick_export):
    (tmp_path / "config.toml").write_text(LSTM)
    return load_config(tmp_path / "config.toml", ["fit.epochs=2"])


def test_a_log_gets_a_line_for_each_epoch_counted_from_one(config, dataset, tmp_path, capsys):
    lines = []
    train(config, dataset, tmp_path / "run", log=lines.append)
    epochs = [line for line in lines if line.startswith("epoch ")]
    assert len(epochs) == 2
    for number, line in enumerate(epochs, start=1):
        pattern = rf"epoch {number}/2: validation mAP [01]\.\d{{3}}, loss \d\.\d{{3}}; \d+ s"
        assert re.fullmatch(pattern, line)
    assert capsys.readouterr().out == ""  # no bar, whose lines would fill a log


def test_long_epochs_get_lines_in_a_log(config, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("posterplot.training.loop.epochs._SECONDS_BETWEEN_LINES", 0)
    lines = []
    train(config, dataset, tmp_path / "run", log=lines.append)
    steps = [match for line in lines if (match := re.match(r"step (\d+) of (\d+) in epoch", line))]
    assert len(steps) == 2 * int(steps[0][2])
    assert [int(step[1]) for step in steps[: len(steps) // 2]] == list(
        range(1, int(steps[0][2]) + 1)
    )


def test_the_bar_on_a_terminal_counts_epochs_from_one(config, dataset, tmp_path, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(rich, "_console", Console(force_terminal=True, width=160))
    monkeypatch.setenv("TERM", "xterm")
    lines = []
    train(config, dataset, tmp_path / "run", log=lines.append)
    shown = screen.getvalue()
    assert "Epoch 2/2" in shown  # Lightning would show 1/1
    assert "epoch 2/2: validation mAP" in shown
    assert not any(line.startswith("epoch ") for line in lines)

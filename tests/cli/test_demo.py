import pytest

from posterplot.demo import pipeline


@pytest.fixture
def made(monkeypatch):
    """What the demo would be run with, in place of running it."""
    calls = []

    def run(out, command, *, progress):
        calls.append((out.name, command(["info"])))

    monkeypatch.setattr(pipeline, "run", run)
    return calls


def test_the_demo_runs_commands_of_the_command_line(call, made, tmp_path):
    code, out, _ = call("demo", "--out", tmp_path / "films")
    assert code == 0
    assert made == [("films", None)]
    assert "posterplot" in out  # the card


def test_ctrl_c_in_a_command_stops_the_demo(call, made, monkeypatch, tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("posterplot.inference.card.read_card", stop)
    code, _, err = call("demo", "--out", tmp_path / "films")
    assert code == 130
    assert f"the demo cannot be continued; remove {tmp_path / 'films'} and run it again" in err
    assert not made

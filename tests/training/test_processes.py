import multiprocessing
import os
import signal
import threading
import time
from functools import partial

import pytest
from tests.training.process_targets import (
    die,
    fail,
    miss_the_other,
    report,
    start_method,
    thread_count,
    wait,
    wait_with_readers,
)

from posterplot.errors import ConfigError, DatasetError
from posterplot.training.processes import run_processes


def _program(folder):
    run_processes(partial(wait, folder), 2, lambda _: None)


def _is_alive(file):
    try:
        os.kill(int(file.read_text().split()[0]), 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_every_process_runs_and_the_first_one_speaks(tmp_path):
    lines = []
    run_processes(partial(report, tmp_path), 2, lines.append)
    assert lines == ["0 of 2"]
    assert [(tmp_path / n).read_text().split()[1] for n in "01"] == ["0", "1"]


@pytest.mark.parametrize(("set_by_user", "threads"), [(None, "3"), ("5", "5")])
def test_processes_share_the_cores(monkeypatch, set_by_user, threads):
    monkeypatch.setattr("posterplot.training.processes.available_cores", lambda: 7)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if set_by_user:
        monkeypatch.setenv("OMP_NUM_THREADS", set_by_user)
    lines = []
    run_processes(thread_count, 2, lines.append)
    assert lines == [threads]


def test_processes_start_others_as_the_program_does():
    """Readers of films that import PyTorch would take longer than an epoch."""
    lines = []
    run_processes(start_method, 2, lines.append)
    assert lines == [multiprocessing.get_start_method()]


def test_an_error_of_one_process_ends_all_and_is_raised_here(tmp_path):
    error = DatasetError("is damaged", where="shard", hint="prepare it again")
    with pytest.raises(DatasetError) as raised:
        run_processes(partial(fail, tmp_path, error), 2, lambda _: None)
    assert str(raised.value) == "shard: is damaged; prepare it again"
    assert not (tmp_path / "0").exists() or not _is_alive(tmp_path / "0")


def test_a_fault_is_no_error_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setattr("posterplot.training.processes._SECONDS_TO_EXPLAIN", 0.1)
    with pytest.raises(RuntimeError, match=r"Traceback(.|\n)*ValueError: an error"):
        run_processes(partial(fail, tmp_path, ValueError("an error")), 2, lambda _: None)


def test_what_the_others_miss_is_not_what_is_reported():
    with pytest.raises(ConfigError, match=r"process 2 of 2 was killed \(SIGKILL\)"):
        run_processes(miss_the_other, 2, lambda _: None)


def test_a_killed_process_ends_all_with_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"fit.devices: process 2 of 2 was killed \(SIGKILL\)"):
        run_processes(partial(die, tmp_path), 2, lambda _: None)
    assert not (tmp_path / "0").exists() or not _is_alive(tmp_path / "0")


def test_an_interrupt_stops_all_processes_and_lets_them_clean_up(tmp_path, capfd):
    """As Ctrl-C does, which a terminal sends to all processes, or SIGTERM."""

    def interrupt():
        _wait_for(lambda: all((tmp_path / n).exists() for n in "01"))
        for n in "01":
            os.kill(int((tmp_path / n).read_text().split()[0]), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_processes(partial(wait_with_readers, tmp_path), 2, lambda _: None)
    thread.join()
    _wait_for(lambda: not any(_is_alive(tmp_path / f"reader-{n}") for n in "01"))
    assert all((tmp_path / f"stopped-{n}").exists() for n in "01")
    assert not any(_is_alive(tmp_path / n) for n in "01")
    assert capfd.readouterr().err == ""


def test_processes_end_with_a_killed_program(tmp_path):
    program = multiprocessing.get_context("spawn").Process(target=_program, args=(tmp_path,))
    program.start()
    _wait_for(lambda: all((tmp_path / n).exists() for n in "01"))
    program.kill()
    program.join()
    _wait_for(lambda: not any(_is_alive(tmp_path / n) for n in "01"))

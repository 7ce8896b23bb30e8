import errno
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
import typer

from posterplot.cli import main
from posterplot.cli.failures import failure_line, terminable


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_full_standard_output_is_one_line_and_exit_code_2(capsys, monkeypatch):
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as stopped:
            main(["info"])
    assert stopped.value.code == 2
    err = capsys.readouterr().err
    assert "standard output cannot be written (No space left on device)" in err
    assert len(err.strip().splitlines()) <= 2  # and the note of info


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "there is not enough memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "not enough"),
        (RuntimeError("can't start new thread"), "there is not enough memory"),
        (RuntimeError("std::bad_alloc"), "there is not enough memory"),
        (SystemError("error return without exception set"), "there is not enough memory"),
        (ImportError("x.so: failed to map segment from shared object"), "not enough memory"),
        (RuntimeError("could not create a primitive"), "there is not enough memory"),
        (RecursionError(), "nested too deeply"),
        (
            PermissionError(errno.EACCES, "Permission denied", "a/b"),
            "a/b: Permission denied; check",
        ),
        (OSError(errno.ENOSPC, "No space left on device", b"a"), "a: No space .*; free some disk"),
        # of a socket or a lock, which is not standard output
        (ConnectionResetError(errno.ECONNRESET, "reset by peer"), "system reports .*reset by peer"),
        (OSError(errno.ENOSPC, "No space left on device"), "system reports .*; free some disk"),
    ],
)
def test_what_the_system_cannot_do_is_one_line(error, line, call, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("posterplot.inference.bundle.load_bundle", fail)
    code, _, err = call("info")
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert re.search(line, err)
    assert "standard output" not in err


def test_a_fault_of_our_own_keeps_its_traceback_and_is_no_partial_success(call, monkeypatch):
    def fail(*_, **__):
        raise KeyError("x")

    monkeypatch.setattr("posterplot.inference.bundle.load_bundle", fail)
    code, _, err = call("info")
    assert code == 2
    assert "Traceback" in err
    assert "please report it" in err.splitlines()[-1]
    assert failure_line(KeyError("x")) is None
    unsupported = "could not create a primitive descriptor for the matmul primitive"
    assert failure_line(RuntimeError(unsupported)) is None


def test_sigterm_is_ctrl_c_with_its_own_exit_code(call, monkeypatch, tmp_path):
    from posterplot.files import new_folder

    def work(*_, **__):
        with new_folder(tmp_path / "out") as folder:
            (folder / "half").touch()
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("posterplot.inference.bundle.load_bundle", work)
    assert call("info")[0] == 128 + signal.SIGTERM
    assert not any(tmp_path.iterdir())
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_sigterm_does_not_interrupt_the_cleaning_up():
    cleaned, signals = [], []

    def work():
        with terminable() as received:
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(10)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.05)
                cleaned.append(True)
                signals.extend(received)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert cleaned == [True]
    assert signals == [signal.SIGTERM]


def test_it_works_outside_of_the_main_thread():
    """Where Python cannot handle signals."""
    seen = []

    def run():
        with terminable() as received:
            seen.append(received)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [[]]


def test_a_name_that_a_library_cannot_take_is_one_line():
    with pytest.raises(UnicodeEncodeError) as caught:
        "caf\udce9".encode()
    assert "rename it" in failure_line(caught.value)


def test_a_command_that_ends_well_after_sigterm_has_succeeded(call, monkeypatch):
    """As ``serve`` does, which finishes its requests: systemd must not call that a failure."""

    def stop(*_, **__):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        except KeyboardInterrupt:
            raise typer.Exit(0) from None

    monkeypatch.setattr("posterplot.inference.bundle.load_bundle", stop)
    assert call("info")[0] == 0

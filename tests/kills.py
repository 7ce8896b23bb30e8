"""Processes that are killed while they write."""

import contextlib
import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest


def killed_while(path: Path, work: Callable[[pytest.MonkeyPatch], object]) -> Path:
    """Run ``work`` in a process that is killed before it can clean up."""
    child = os.fork()
    if not child:
        monkeypatch = pytest.MonkeyPatch()
        with contextlib.suppress(BaseException):
            work(monkeypatch)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    return path


def kill(*_: object) -> None:
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    """Kill this process just before a method of Path is called for the nth time."""
    real, calls = getattr(Path, call), itertools.count(1)

    def killing(path: Path, target: Path) -> object:
        if next(calls) == number:
            kill()
        return real(path, target)

    monkeypatch.setattr(Path, call, killing)

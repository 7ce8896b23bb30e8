"""What may go wrong below posterplot, in one line: the terminal, the disk, the memory."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from posterplot.errors import PosterplotError, UsageError

# What libraries raise instead of MemoryError: torch, ONNX Runtime, threads, and C++ itself.
_NO_MEMORY = (
    "can't allocate memory",
    "cannot allocate memory",
    "can't start new thread",
    "bad allocation",
    "bad_alloc",
    "failed to allocate",
    "invalid buffer size",
    "storage size calculation overflowed",
)


# Arguments of the Python API whose options have other names.
_OPTIONS = {"genres": "--genre", "columns": "--column"}


def with_option(error: PosterplotError) -> str:
    """Return an error as one line that names the option in place of the Python API's argument."""
    if isinstance(error, UsageError) and error.argument:
        option = _OPTIONS.get(error.argument, f"--{error.argument.replace('_', '-')}")
        return str(UsageError(error.what, where=option, hint=error.hint))
    return str(error)


def failure_line(error: Exception) -> str | None:
    """Return what went wrong and what to do; None if the error is a fault of posterplot."""
    if isinstance(error, RecursionError):
        return "the input is nested too deeply; flatten it"
    text = str(error)
    if isinstance(error, MemoryError) or any(part in text.lower() for part in _NO_MEMORY):
        return (
            "there is not enough memory; give the program more, or choose smaller sizes where the "
            "input or the configuration sets them"
        )
    if isinstance(error, UnicodeEncodeError) and "surrogates not allowed" in text:
        return "a file or folder has a name that is not UTF-8, which cannot be used here; rename it"
    if not isinstance(error, OSError):
        return None
    reason = error.strerror or text
    if error.filename is None:
        return f"standard output cannot be written ({reason}); write to another place"
    hint = "free some disk space" if error.errno == errno.ENOSPC else "check its permissions"
    return f"{os.fsdecode(error.filename)}: {reason}; {hint}"


def discard_output() -> None:
    """Forget what standard output could not take, or Python fails again when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        with Path(os.devnull).open("wb") as null:
            os.dup2(null.fileno(), sys.stdout.fileno())


@contextmanager
def terminable() -> Iterator[list[int]]:
    """Treat SIGTERM, which ``kill``, systemd and containers send, as Ctrl-C: drafts are removed.

    Yields:
        a list that holds the number of the signal once it came. A second one is ignored, so that
        it does not interrupt the cleaning up.

    Raises:
        KeyboardInterrupt: the signal came.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received  # Python handles signals in the main thread alone
        return

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        received.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)

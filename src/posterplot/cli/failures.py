"""Turn errors of the operating system into one-line messages, and handle SIGTERM."""

import errno
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from posterplot.files import STANDARD_ERROR, STANDARD_OUTPUT

_STREAMS = {"stdout": STANDARD_OUTPUT, "stderr": STANDARD_ERROR}

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# What libraries raise instead of MemoryError: torch, ONNX Runtime, threads, and C++ itself.
_OUT_OF_MEMORY = (
    "can't allocate memory",
    "cannot allocate memory",
    "can't start new thread",
    "bad allocation",
    "bad_alloc",
    "failed to allocate",
    "invalid buffer size",
    "storage size calculation overflowed",
    "failed to map segment from shared object",
    # SystemError of an extension module that gets no memory while it is imported
    "error return without exception set",
)
# The whole messages of oneDNN, which multiplies and convolves for torch. A "primitive descriptor"
# that cannot be created is something else: an operation that is not supported.
_OUT_OF_MEMORY_ONEDNN = (
    "could not create a primitive",
    "could not execute a primitive",
    "could not create a memory object",
)


def failure_line(error: Exception) -> str | None:
    """Return one line about an error of the environment, such as a full disk.

    The line says what went wrong and what to do. It is None if the error is a bug of posterplot.
    """
    if isinstance(error, RecursionError):
        return "the input is nested too deeply; flatten it"
    text = str(error)
    if (
        isinstance(error, MemoryError)
        or any(part in text.lower() for part in _OUT_OF_MEMORY)
        or text in _OUT_OF_MEMORY_ONEDNN
    ):
        return (
            "there is not enough memory; free some, or reduce the batch size or the size of the"
            " input"
        )
    if isinstance(error, UnicodeEncodeError) and "surrogates not allowed" in text:
        return "a file or folder has a name that is not UTF-8, which cannot be used here; rename it"
    if not isinstance(error, OSError):
        return None
    reason = error.strerror or text
    if error.filename == STANDARD_OUTPUT:
        return f"{STANDARD_OUTPUT} cannot be written ({reason}); write to another file"
    full = error.errno == errno.ENOSPC
    if error.filename is None:
        hint = "free some disk space" if full else "check the disk and the network, and try again"
        return f"the operating system reports an error ({reason}); {hint}"
    hint = "free some disk space" if full else "check its permissions"
    return f"{os.fsdecode(error.filename)}: {reason}; {hint}"


def is_closed_pipe(error: BaseException | None) -> bool:
    """Return whether a standard stream leads to a process that has ended, such as ``head``."""
    return isinstance(error, BrokenPipeError) and error.filename in _STREAMS.values()


class _Stream(io.FileIO):
    """A standard stream whose errors name it, as errors of files name the file."""

    def __init__(self, stream: io.TextIOWrapper, name: str) -> None:
        super().__init__(stream.fileno(), "wb", closefd=False)
        self._name = name

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = self._name
            raise


def name_streams() -> None:
    """Wrap the standard streams, so that their errors name them and not a socket or a lock."""
    for attribute, name in _STREAMS.items():
        stream = getattr(sys, attribute)
        if stream is None:  # closed by the caller; no file that is opened later may take its place
            null = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stays open
            setattr(sys, attribute, null)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        raw = getattr(stream.buffer, "raw", stream.buffer)  # python -u has no buffer
        if type(raw) is not io.FileIO:  # the console of Windows, or captured output
            continue
        stream.flush()
        named = io.TextIOWrapper(
            io.BufferedWriter(_Stream(stream, name)),
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        setattr(sys, attribute, named)


def discard_output() -> None:
    """Discard unwritten output; otherwise Python raises again when it flushes at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with Path(os.devnull).open("wb") as null:
                os.dup2(null.fileno(), stream.fileno())


@contextmanager
def terminable() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt on SIGTERM, so that temporary files are removed.

    ``kill``, systemd and containers send SIGTERM.

    Yields:
        A list: empty, and ``[number of the signal]`` once it has arrived. Further ones are
        ignored, so that they do not interrupt the clean-up.

    Raises:
        KeyboardInterrupt: The signal arrived.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received  # signal handlers can be set in the main thread only
        return

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        received.append(number)
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, stop)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, previous)

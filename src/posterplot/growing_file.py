"""Append to a file for hours, and keep it if the program is interrupted."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from posterplot.errors import OutputError
from posterplot.files import writing
from posterplot.recovery import synchronise

# A power cut loses at most this many seconds of work; fsync takes milliseconds.
_SYNC_SECONDS = 2.0


@contextmanager
def growing_file(
    path: Path, again: str = "continue with `resume=True`"
) -> Iterator[Callable[[bytes], int]]:
    """Yield a function that appends its argument to a file, completely or not at all.

    It returns the offset at which it appended.

    Appended data stay, however the block ends. They are written at once, and synchronised to the
    disk every few seconds and at the end. A process that is killed while it appends can leave an
    incomplete last piece.

    Args:
        path: The file; it need not exist, but its folder must. If nothing is appended, no new file
            is left.
        again: How the user continues the work, for messages.

    Raises:
        OutputError: The file cannot be opened or, from the function, appended to, e.g. because the
            disk is full.
    """
    with writing(path):
        stream = path.open("ab", buffering=0)
        synchronise(path.parent)
    synced = time.monotonic()

    def add(content: bytes) -> int:
        nonlocal synced
        whole = os.fstat(stream.fileno()).st_size
        try:
            rest = memoryview(content)
            while rest:
                # on a full disk, a part may be written before the error
                rest = rest[stream.write(rest) :]
            if time.monotonic() - synced > _SYNC_SECONDS:
                os.fsync(stream.fileno())
                synced = time.monotonic()
        except OSError as error:
            os.ftruncate(stream.fileno(), whole)
            raise OutputError(
                f"cannot be written ({error.strerror or error}); what was written is kept",
                where=path,
                hint=f"free some disk space and {again}",
            ) from error
        return whole

    try:
        yield add
    finally:
        empty = not os.fstat(stream.fileno()).st_size
        with writing(path), stream:
            os.fsync(stream.fileno())
        if empty:
            path.unlink()

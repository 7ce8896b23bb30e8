"""Lock outputs against concurrent writers, and find what a killed process left.

While an output NAME is written, ``.posterplot-lock.NAME`` beside it is locked by the system
(:mod:`filelock`: ``flock``, or its Windows equivalent). A lock ends with its process, however that
ends. Unfinished output is in ``.posterplot-temporary.NAME``. So the process that takes the lock may
finish or remove a temporary file that it finds: no other process is writing it
(:mod:`posterplot.recovery`).

``flock`` also works on NFS and SMB. On a file system without it, :mod:`filelock` creates a file
with the number of the process instead.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from posterplot.errors import OutputError

_LOCK = ".posterplot-lock."
_TEMPORARY = ".posterplot-temporary."


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Lock an output against other processes until the block ends.

    A thread that holds the lock may take it again.

    Args:
        path: The output, a file or a folder. It need not exist, but its folder must.
        wait: Whether to wait for another process, instead of raising an error.

    Yields:
        Whether the thread did not hold it before.

    Raises:
        OutputError: Another process, or another thread, is writing it.
        OSError: The lock file cannot be created.
    """
    import filelock  # imported here, because most commands write nothing

    file = _beside(path, _LOCK)
    lock = filelock.FileLock(file, timeout=0, is_singleton=True)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except filelock.Timeout:
        raise OutputError(
            "is being written by another posterplot",
            where=path,
            hint="wait until that is done, or choose another output",
        ) from None
    try:
        yield lock.lock_counter == 1
    finally:
        # Removed while it is locked. A process that opens it now finds, once it has the lock, that
        # the file is gone.
        if lock.lock_counter == 1 and os.name == "posix":
            file.unlink(missing_ok=True)
        lock.release()


def temporary_path(path: Path) -> Path:
    """Return the path of an unfinished output: beside it, with the same suffix."""
    return _beside(path, _TEMPORARY)


def list_path(path: Path) -> Path:
    """Return the path of the list of a set of files, which exists once all of them are complete.

    Args:
        path: The first of them.
    """
    temporary = temporary_path(path)
    return temporary.with_name(f"{temporary.name}.complete")


def remove_temporary(path: Path) -> None:
    """Remove the temporary file or folder of an output, if any. The output must be locked."""
    temporary = temporary_path(path)
    if temporary.is_dir() and not temporary.is_symlink():
        shutil.rmtree(temporary)
    else:
        temporary.unlink(missing_ok=True)


def is_vacant(folder: Path) -> bool:
    """Return whether a folder holds only lock files and temporary files."""
    return all(is_leftover(entry) for entry in folder.iterdir())


def is_leftover(path: Path) -> bool:
    """Return whether a file is the temporary file or the lock of an output beside it."""
    return path.name.startswith((_LOCK, _TEMPORARY))


def output_of(path: Path) -> Path:
    """Return the output of a temporary file or lock."""
    return path.with_name(path.name.removeprefix(_LOCK).removeprefix(_TEMPORARY))


def _beside(path: Path, prefix: str) -> Path:
    absolute = path.absolute()
    return absolute.parent.resolve() / f"{prefix}{absolute.name}"

"""Read regular files of bounded size."""

import os
import stat
from pathlib import Path

from posterplot.errors import FilmError

# Opening a pipe without a writer would wait for ever.
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


def read_regular(path: Path, name: str, limit: int) -> bytes:
    """Read a regular file, which is opened only once.

    Args:
        path: Path of the file.
        name: Name of the file's role, for messages: "poster file".
        limit: Maximum size in bytes.

    Returns:
        Content of the file; empty for a file without a size, such as those in ``/proc``.

    Raises:
        FilmError: The file is missing, a device, pipe or folder, larger than ``limit``, or
            unreadable.
    """
    try:
        # check before opening, because opening some devices has side effects
        _check_regular(path.stat(), path, name)
        with open(path, "rb", opener=lambda p, flags: os.open(p, flags | _NONBLOCK)) as file:
            status = os.fstat(file.fileno())
            _check_regular(status, path, name)
            if status.st_size > limit:
                raise FilmError(f"{name} is too large: over {_shown(limit)}")
            content = file.read(limit + 1) if status.st_size else b""
        if len(content) > limit:  # the file has grown in the meantime
            raise FilmError(f"{name} is too large: over {_shown(limit)}")
    except FileNotFoundError:
        raise FilmError(f"{name} not found: {path}") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise FilmError(f"{name} cannot be read: {error}") from error
    return content


def _shown(size: int) -> str:
    return f"{size // 2**20:,} MB" if size >= 2**20 else f"{size:,} bytes"


def _check_regular(status: os.stat_result, path: Path, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise FilmError(f"{name} is a folder: {path}")
    if not stat.S_ISREG(status.st_mode):
        raise FilmError(f"{name} is a device or a pipe: {path}")

"""Recover outputs of a killed process: the next call on an output completes or removes them.

It is done when the lock is taken, before anything else, so every command that locks its output
does it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from posterplot.locks import list_path, locked, remove_temporary, temporary_path

# Inside the temporary folder of an output folder: what is being written, what it replaces, and the
# names of what is being moved into an empty folder.
NEW, OLD, MOVING = "new", "old", "moving.json"


@contextmanager
def recovered(path: Path, *, folder: Path | None = None, wait: bool = False) -> Iterator[None]:
    """Lock an output, and complete or remove what a killed process left of it.

    Args:
        path: The output.
        folder: The folder that is filled, if the temporary folder is not beside it.
        wait: Whether to wait for another process.

    Raises:
        OutputError: Another process, or another thread, is writing it.
        OSError: A file cannot be moved or removed.
    """
    with locked(path, wait=wait) as first:
        if first:  # otherwise this thread is writing it
            _finish_set(path)
            undo_folder(temporary_path(path), folder or path.absolute())
            remove_temporary(path)
        yield


def _finish_set(path: Path) -> None:
    """Complete a set of files, if the process was killed while it renamed them."""
    names = list_path(path)
    if not names.is_file():
        return
    try:
        files: list[str] = json.loads(names.read_bytes())
    except ValueError:
        files = []  # it was killed while it wrote the list, before it renamed a file
    for name in reversed(files):
        file = Path(os.path.normpath(names.parent / name))
        temporary = temporary_path(file)
        if not file.parent.is_dir():
            continue  # it was removed with the temporary file
        with nullcontext() if temporary == temporary_path(path) else locked(file):
            if temporary.is_file() and not file.exists():
                temporary.rename(file)
                synchronise(file.parent)
            remove_temporary(file)
    names.unlink()


def undo_folder(temporary: Path, folder: Path) -> None:
    """Move entries of a folder back, unless all of them were moved.

    Args:
        temporary: The temporary folder.
        folder: The folder that was to be filled or replaced.

    Raises:
        OSError: Something cannot be moved back.
    """
    new, moving = temporary / NEW, temporary / MOVING
    if (temporary / OLD).is_dir() and not folder.exists():
        (temporary / OLD).rename(folder)
    # without new entries nothing was moved, or everything was and the folder was being removed
    if not moving.is_file() or not new.is_dir() or not any(new.iterdir()):
        return
    for name in json.loads(moving.read_bytes()):
        if (folder / name).exists() and not (new / name).exists():
            (folder / name).rename(new / name)


def synchronise(path: Path) -> None:
    """Synchronise a file, or the names in a folder, to the disk."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return  # Windows cannot open folders, and needs no such call
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Undo the changes to a library, one run at a time."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from posterplot.errors import FilmError, UsageError
from posterplot.library.find import library_root
from posterplot.library.journal import (
    Change,
    films_of,
    lock_journal,
    remove_leftovers,
    remove_run,
    runs,
)
from posterplot.library.write import read_file, remove_file, replace_file

_Item = TypeVar("_Item")

# Number of films whose changes are recorded and flushed at once.
BATCH = 64
# Flushing one file to the disk takes 5 ms, and several at once hardly longer.
WRITERS = 8


class Undone(NamedTuple):
    """The result of undoing the change to a file.

    Attributes:
        path: Path relative to the library.
        restored: Whether its content is that from before the run.
        reason: Why it was not restored, or what else was done; may be empty.
        retry: Whether another attempt may succeed.

    """

    path: str
    restored: bool
    reason: str = ""
    retry: bool = False


def undo(library: Path) -> Iterator[Undone]:
    """Undo the last run on a library, except for files that were changed since.

    Yields:
        A result for each file that is not restored already.

    Raises:
        UsageError: The library is not a folder, or nothing was written into it.
        OutputError: The journal cannot be read.

    """
    root = library_root(library)
    with lock_journal(root) as folder, remove_leftovers(folder, root):
        existing = runs(folder)
        if not existing:
            raise UsageError("nothing to undo: tag wrote nothing here", where=library)
        run = existing[-1].path
        left: set[str] = set()
        retry = False
        with ThreadPoolExecutor(WRITERS) as pool:
            for batch in batches(_separate_conflicts(films_of(run))):
                for undone in pool.map(lambda changes: _restore_film(root, changes), batch):
                    for file in undone:
                        if not file.restored:
                            left.add(file.path)
                        retry |= file.retry
                        yield file
        if not retry:
            remove_run(run, left=left)


def count_runs(library: Path) -> int:
    """Return how many runs on a library can be undone.

    Raises:
        UsageError: The library is not a folder.
        OutputError: The journal cannot be read.

    """
    with lock_journal(library_root(library)) as folder:
        return len(runs(folder))


def batches(items: Iterable[_Item | None]) -> Iterator[list[_Item]]:
    """Group items into batches. None ends a batch early."""
    batch: list[_Item] = []
    for item in items:
        if item is not None:
            batch.append(item)
        if batch and (item is None or len(batch) == BATCH):
            yield batch
            batch = []
    if batch:
        yield batch


def state_of(root: Path, change: Change) -> str:
    """Return whether a file has the content before a change, after it, or another one."""
    path = root / change.path
    try:
        data = read_file(path).data
    except FilmError:
        absent = not path.is_symlink() and not path.exists()
        return "old" if change.old is None and absent else "other"
    return "new" if data == change.new else "old" if data == change.old else "other"


def restore(root: Path, change: Change) -> Undone | None:
    """Undo a change; return None if the file has its old content already."""
    path = root / change.path
    if (folder := _empty_folder(path, root)) is not None:
        empty = "the library is" if folder == root else f"the folder {folder.name} is"
        remedy = "mount its disk" + ", or remove the folder," * (folder != root)
        reason = f"is gone, and {empty} empty; {remedy} and undo again"
        return Undone(change.path, restored=False, reason=reason, retry=True)
    state = state_of(root, change)
    if state == "old":
        return None
    if state == "other":
        try:
            read_file(path)
        except FilmError as error:
            gone = not path.is_symlink() and not path.exists()
            reason = "is gone" if gone else error.what
            retry = path.is_file() and not path.is_symlink()  # it may be readable later
            return Undone(change.path, restored=False, reason=reason, retry=retry)
        return Undone(change.path, restored=False, reason="was changed since, and is left as it is")
    try:
        if change.old is None:
            remove_file(path, change.new)
        else:
            replace_file(path, change.new, change.old)
    except FilmError as error:
        return Undone(change.path, restored=False, reason=error.what, retry=True)
    return Undone(change.path, restored=True, reason="removed" if change.old is None else "")


def _empty_folder(path: Path, root: Path) -> Path | None:
    """Return the folder that should hold a file but is empty, as where its disk is not mounted."""
    if os.path.lexists(path):
        return None
    folder = next(above for above in path.parents if above == root or above.is_dir())
    try:
        return None if any(folder.iterdir()) else folder
    except OSError:
        return None


def _restore_film(root: Path, changes: list[Change]) -> list[Undone]:
    undone = (restore(root, change) for change in changes)
    return [file for file in undone if file is not None]


def _separate_conflicts(films: Iterable[list[Change]]) -> Iterator[list[Change] | None]:
    """Yield the films, with None between two films whose changes affect the same file.

    A run that was stopped and continued may have written a file twice; these changes must be undone
    in order.
    """
    seen: set[str] = set()
    for changes in films:
        paths = {change.path for change in changes}
        if seen & paths:
            yield None
            seen = set()
        seen |= paths
        yield changes

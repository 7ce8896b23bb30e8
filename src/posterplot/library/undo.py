"""Undo what was written into a library, run by run."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from posterplot.errors import FilmError, UsageError
from posterplot.library.find import library_root
from posterplot.library.journal import Change, films_of, forget, locked, runs, sweeping
from posterplot.library.write import read_file, remove_file, replace_file

_Item = TypeVar("_Item")

# Films whose changes are recorded, and flushed to the disk, at once.
BATCH = 64
# A disk takes 5 ms to say that a file is safe, and nearly as long for several at once.
WRITERS = 8


class Undone(NamedTuple):
    """What became of a file in undoing.

    Attributes:
        path: relative to the library.
        restored: whether it is as it was before the run.
        reason: why not, or what else was done; may be empty.
        fault: whether undoing it again may help.

    """

    path: str
    restored: bool
    reason: str = ""
    fault: bool = False


def undo(library: Path) -> Iterator[Undone]:
    """Restore what the last run wrote into a library, where it is still as it was written.

    Yields:
        What became of each file; of those that are as before already, nothing.

    Raises:
        UsageError: the library is no folder, or nothing was written into it.
        OutputError: the journal cannot be read.

    """
    root = library_root(library)
    with locked(root) as folder, sweeping(folder, root):
        there = runs(folder)
        if not there:
            raise UsageError("nothing to undo: tag wrote nothing here", where=library)
        run = there[-1].path
        left = again = False
        with ThreadPoolExecutor(WRITERS) as pool:
            for batch in batches(_apart(films_of(run))):
                for undone in pool.map(lambda changes: _restore_film(root, changes), batch):
                    for file in undone:
                        left |= not file.restored
                        again |= file.fault
                        yield file
        if not again:
            forget(run, keep=left)


def batches(items: Iterable[_Item | None]) -> Iterator[list[_Item]]:
    """Gather items to be done at once; None ends a batch early."""
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
    """Return whether a file is as it was before a change, as after it, or otherwise."""
    path = root / change.path
    try:
        data = read_file(path).data
    except FilmError:
        absent = not path.is_symlink() and not path.exists()
        return "old" if change.old is None and absent else "other"
    return "new" if data == change.new else "old" if data == change.old else "other"


def restore(root: Path, change: Change) -> Undone | None:
    """Undo a change; None where there is nothing to undo."""
    path = root / change.path
    state = state_of(root, change)
    if state == "old":
        return None
    if state == "other":
        try:
            read_file(path)
        except FilmError as error:
            gone = not path.is_symlink() and not path.exists()
            what = "is gone" if gone else error.what
            again = path.is_file() and not path.is_symlink()  # it may be readable later
            return Undone(change.path, restored=False, reason=what, fault=again)
        return Undone(change.path, restored=False, reason="was changed since, and is left as it is")
    try:
        if change.old is None:
            remove_file(path, change.new)
        else:
            replace_file(path, change.new, change.old)
    except FilmError as error:
        return Undone(change.path, restored=False, reason=error.what, fault=True)
    return Undone(change.path, restored=True, reason="removed" if change.old is None else "")


def _restore_film(root: Path, changes: list[Change]) -> list[Undone]:
    undone = (restore(root, change) for change in changes)
    return [file for file in undone if file is not None]


def _apart(films: Iterable[list[Change]]) -> Iterator[list[Change] | None]:
    """Pass on films, with None between two that change the same file.

    A run that was stopped and continued may have written a file twice: undoing these in order
    matters.
    """
    seen: set[str] = set()
    for changes in films:
        paths = {change.path for change in changes}
        if seen & paths:
            yield None
            seen = set()
        seen |= paths
        yield changes

"""Undo the changes to a library, one run at a time."""

import errno
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from posterplot.errors import FilmError, UsageError
from posterplot.library.find import library_root
from posterplot.library.journal import Change, films_of, remove_run, runs, undone_runs
from posterplot.library.journal_folder import lock_journal, related_libraries, remove_leftovers
from posterplot.library.write import read_file, remove_file, replace_file

_Item = TypeVar("_Item")

# Number of films whose changes are recorded and flushed at once.
BATCH = 64
# Flushing one file to the disk takes 5 ms, and several at once hardly longer.
WRITERS = 8
# Errors that stay until the user changes something. Others may pass, as that of a full disk.
_LASTING = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO)


class Undone(NamedTuple):
    """The result of undoing the change to a file.

    Attributes:
        path: Path relative to the library.
        restored: Whether its content is that from before the run.
        reason: Why it was not restored, or what else was done; may be empty.
        retry: Whether the run stays, since the reason may pass, as that of a full disk.

    """

    path: str
    restored: bool
    reason: str = ""
    retry: bool = False


def undo(library: Path) -> Iterator[Undone]:
    """Undo the last run on a library, except for files that were changed since.

    If files that earlier undos had to leave can be restored by now, only these are.

    Yields:
        A result for each file that is not restored already.

    Raises:
        UsageError: The library is not a folder, or nothing was written into it.
        OutputError: The journal cannot be read.

    """
    root = library_root(library)
    with (
        lock_journal(root) as folder,
        remove_leftovers(folder, root),
        ThreadPoolExecutor(WRITERS) as pool,
    ):
        restored = False
        for left in undone_runs(folder):
            for file in _restore_left(root, left, pool):
                restored = True
                yield file
        if restored:
            return
        existing = runs(folder)
        if not existing:
            raise _nothing_to_undo(library, root, folder)
        yield from _undo_run(root, existing[-1].path, pool)


def _nothing_to_undo(library: Path, root: Path, folder: Path) -> UsageError:
    what = "tag wrote nothing here as this user and with exactly this folder"
    hint = "undo as the user who ran tag, with the same folder"
    if undone_runs(folder):
        what = "the files that earlier undos left are still gone, changed or not writable"
        hint = "move them back, or make them writable, and undo again"
    elif others := related_libraries(root):
        hint = f"name a folder that has runs: {', '.join(map(str, others))}"
    return UsageError(f"nothing to undo: {what} (journal: {folder})", where=library, hint=hint)


def _undo_run(root: Path, run: Path, pool: Executor) -> Iterator[Undone]:
    left: set[str] = set()
    retry = False
    for file in _restore_run(root, run, pool):
        if not file.restored:
            left.add(file.path)
        retry |= file.retry
        yield file
    if not retry:
        remove_run(run, left=left)


def _restore_left(root: Path, run: Path, pool: Executor) -> Iterator[Undone]:
    """Try again the files that an earlier undo had to leave; yield those that it restores."""
    before = {change.path for changes in films_of(run) for change in changes}
    left: set[str] = set()
    for file in _restore_run(root, run, pool):
        if file.restored:
            yield file
        else:
            left.add(file.path)
    if left != before:
        remove_run(run, left=left)


def _restore_run(root: Path, run: Path, pool: Executor) -> Iterator[Undone]:
    for batch in batches(_separate_conflicts(films_of(run))):
        for undone in pool.map(lambda changes: _restore_film(root, changes), batch):
            yield from undone


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
        if _is_absent(path):
            return "old" if change.old is None else "other"
        data = read_file(path).data
    except FilmError:
        return "other"
    return "new" if data == change.new else "old" if data == change.old else "other"


def restore(root: Path, change: Change) -> Undone | None:
    """Undo a change; return None if the file has its old content already."""
    path = root / change.path
    try:
        if _is_absent(path):
            return _restore_absent(root, change)
        data = read_file(path).data
        if data == change.old:
            return None
        if data != change.new:
            reason = "was changed since, and is left as it is"
            return Undone(change.path, restored=False, reason=reason)
        if change.old is None:
            remove_file(path, change.new)
        else:
            replace_file(path, change.new, change.old)
    except FilmError as error:
        cause = error.__cause__
        retry = isinstance(cause, OSError) and cause.errno not in _LASTING
        remedy = "" if retry or ";" in error.what else "; change that, and undo again"
        return Undone(change.path, restored=False, reason=error.what + remedy, retry=retry)
    return Undone(change.path, restored=True, reason="removed" if change.old is None else "")


def _restore_absent(root: Path, change: Change) -> Undone | None:
    """Return the result for a file that does not exist."""
    if (folder := _empty_folder(root / change.path, root)) is not None:
        empty = "the library is" if folder == root else f"the folder {folder.name} is"
        remedy = "mount its disk" + ", or remove the folder," * (folder != root)
        reason = f"is gone, and {empty} empty; {remedy} and undo again"
        return Undone(change.path, restored=False, reason=reason, retry=True)
    if change.old is None:
        return None
    reason = "is gone; if it was moved, move it back and undo again"
    return Undone(change.path, restored=False, reason=reason)


def _is_absent(path: Path) -> bool:
    """Return whether a path does not exist, not even as a link.

    Raises:
        FilmError: That is unknown, as in a folder that may not be searched.

    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        raise FilmError(f"cannot be read ({error.strerror or error})") from error
    return False


def _empty_folder(path: Path, root: Path) -> Path | None:
    """Return the folder that should hold a file but is empty, as where its disk is not mounted."""
    for folder in path.parents:
        # Path.is_dir raises an error in a folder that may not be searched
        if folder == root or os.path.isdir(folder):  # noqa: PTH112
            break
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

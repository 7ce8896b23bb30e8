"""The folder of journals: one for each library, in the user's state folder."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import platformdirs

from posterplot.errors import OutputError, UsageError
from posterplot.files import writing
from posterplot.library.journal import films_of, library_of, runs, undone_runs
from posterplot.library.write import temporary_of

LOCK_SECONDS = 30  # scripts that tag one film after its import may start at the same time


@contextmanager
def lock_journal(library: Path) -> Iterator[Path]:
    """Lock the journal of a library, and yield its folder.

    Args:
        library: Path of the library, without links.

    Raises:
        UsageError: Another ``tag`` is still writing or undoing after :data:`LOCK_SECONDS`, or the
            folder would be in the library.
        OutputError: The folder cannot be written.

    """
    state = state_folder()
    if state.resolve().is_relative_to(library):
        raise UsageError(
            f"the journal for undoing, {state}, would be inside the library",
            where=library,
            hint="name a folder below, or set XDG_STATE_HOME to another folder",
        )
    with writing(state):
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o700)  # journals contain plots of a private library
        lock = filelock.FileLock(state / "lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise UsageError(
                f"another posterplot tag is writing or undoing (waited {LOCK_SECONDS} s)",
                hint="try again when it is done",
            ) from None
    try:
        folder = state / hashlib.sha256(os.fsencode(library)).hexdigest()[:16]
        with writing(folder):
            folder.mkdir(exist_ok=True)
        yield folder
    finally:
        lock.release()


@contextmanager
def remove_leftovers(folder: Path, library: Path) -> Iterator[None]:
    """Remove the temporary files that a killed call left in the library, then run the block.

    A marker file in the journal's folder exists while the block runs. If it exists at the start,
    an earlier call was killed.
    """
    marker = folder / "busy"
    with writing(marker):
        if marker.exists():
            for run in (*(run.path for run in runs(folder)), *undone_runs(folder)):
                for changes in films_of(run):
                    for change in changes:
                        with suppress(OSError):  # what stays is named when its film is written
                            temporary_of(library / change.path).unlink()
        marker.touch()
    try:
        yield
    finally:
        with writing(marker):
            marker.unlink(missing_ok=True)


def related_libraries(library: Path) -> list[Path]:
    """Return the folders above and below a library that have runs to undo, in order."""
    found = set()
    for folder in state_folder().glob("*/"):
        for run in runs(folder)[:1]:
            with suppress(OutputError):  # damaged: no folder to name
                found.add(library_of(run.path))
    return sorted(
        other
        for other in found
        if other and other != library
        if other.is_relative_to(library) or library.is_relative_to(other)
    )


def state_folder() -> Path:
    """Return the folder that holds a folder of runs for each library."""
    return Path(platformdirs.user_state_path("posterplot")) / "tag"

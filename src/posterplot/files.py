"""Write files and folders atomically: to a temporary path that is then renamed.

Contents are synchronised to the disk before the rename, and the folder that holds the new name
after it, so that a power cut leaves the old or the new, never a part. Each output is locked while
it is written, and what a killed process left of it is removed first: :mod:`posterplot.locks`,
:mod:`posterplot.recovery`.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from posterplot.errors import OutputError
from posterplot.locks import is_vacant, remove_temporary, temporary_path
from posterplot.recovery import MOVING, NEW, OLD, recovered, synchronise, undo_folder

# The names of the standard streams in their errors.
STANDARD_OUTPUT, STANDARD_ERROR = "standard output", "standard error"


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``path`` when the block succeeds.

    The temporary folder is beside ``path``, so that a rename is enough. An existing empty folder is
    filled, entry by entry: it may be a link, a mounted disk or the current folder, which cannot be
    replaced. Only for a mounted disk the temporary folder is inside it. After an error nothing is
    left.

    An existing folder that is to be replaced is renamed aside first, and removed only when the new
    one has its name. If the program is killed in between, the next call puts the old one back.

    Args:
        path: The folder to create.
        replace: Whether to replace an existing folder.

    Raises:
        OutputError: ``path`` exists (and is not an empty folder, nor to be replaced), is a file,
            is being written by another process, or cannot be written.
    """
    with writing(path):
        check_link(path)
        folder = path.resolve() if path.exists() else path.absolute()
        if folder.exists() and not folder.is_dir():
            raise OutputError("is a file", where=path, hint="choose another output folder")
        with _folders(folder.parent):
            target = folder / folder.name if folder.exists() and _is_disk(folder) else folder
            with recovered(target, folder=folder):
                temporary = temporary_path(target)
                fill = folder.exists() and is_vacant(folder)
                if folder.exists() and not fill and not replace:
                    raise OutputError(
                        "exists already", where=path, hint="remove it, or choose another output"
                    )
                try:
                    (temporary / NEW).mkdir(parents=True)
                    yield temporary / NEW
                    _sync_tree(temporary / NEW)
                    if fill:
                        _fill(folder, temporary)
                    else:
                        _rename_folder(folder, temporary, replace=replace)
                finally:
                    undo_folder(temporary, folder)  # after an error: what was moved
                    remove_temporary(target)


def _is_disk(folder: Path) -> bool:
    """Return whether no folder can be renamed to this path, for example at a mount point."""
    other = folder.is_mount() or folder.stat().st_dev != folder.parent.stat().st_dev
    return other or not os.access(folder.parent, os.W_OK)


def _fill(folder: Path, temporary: Path) -> None:
    """Move the new entries into an empty folder. :mod:`posterplot.recovery` reads their list."""
    entries = sorted((temporary / NEW).iterdir())
    names = temporary / "names"
    names.write_text(json.dumps([entry.name for entry in entries]), encoding="utf-8")
    synchronise(names)
    names.rename(temporary / MOVING)
    synchronise(temporary)
    for entry in entries:
        entry.rename(folder / entry.name)
    synchronise(folder)


def _rename_folder(folder: Path, temporary: Path, *, replace: bool) -> None:
    """Rename a temporary folder; an existing one is moved aside."""
    if replace and folder.exists():
        folder.rename(temporary / OLD)
    # fails if another program has put something there meanwhile
    (temporary / NEW).rename(folder)
    synchronise(folder.parent)


@contextmanager
def _folders(path: Path) -> Iterator[None]:
    """Create a folder and its parents; after an error, remove those created that are empty.

    Raises:
        OutputError: A file is in the way.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    above = missing[-1].parent if missing else path
    if not above.is_dir():
        raise OutputError("is a file", where=above, hint="choose an output below a folder")
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        synchronise(folder.parent)
    try:
        yield
    except BaseException:
        for folder in missing:
            if any(folder.iterdir()):
                break
            folder.rmdir()
        raise


def _sync_tree(folder: Path) -> None:
    """Synchronise all files below a folder to the disk, and then the folders."""
    for path, _, files in os.walk(folder, topdown=False):
        for name in files:
            synchronise(Path(path, name))
        synchronise(Path(path))


@contextmanager
def output_lock(path: Path) -> Iterator[None]:
    """Lock an output for a whole command, so that a second command fails at once.

    Raises:
        OutputError: Another process is writing it, or its folder cannot be written.
    """
    with ExitStack() as stack:
        with writing(path):
            stack.enter_context(_folders(path.parent))
            stack.enter_context(recovered(path))
        yield


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Yield a private folder beside ``path``, which is removed at the end.

    Unlike one in the system's temporary folder, it is on the same disk as the output, and the next
    call removes it if the program is killed.

    Args:
        path: Path beside which the folder is created. Nothing is created at the path itself.

    Raises:
        OutputError: The folder cannot be written.
    """
    with output_lock(path):
        with writing(path):
            temporary_path(path).mkdir()
        try:
            yield temporary_path(path)
        finally:
            remove_temporary(path)


@contextmanager
def new_file(path: Path, *, replace: bool = False, wait: bool = False) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` that becomes ``path`` when the block succeeds.

    Args:
        path: The file to create.
        replace: Whether to replace an existing file.
        wait: Whether to wait for another process that writes the file, as in a cache they share.

    Raises:
        OutputError: ``path`` exists (and is not to be replaced), is a folder, is being written by
            another process, or cannot be written.

    """
    with writing(path), _folders(path.parent), recovered(path, wait=wait):
        if not replace:
            check_new_file(path)
        temporary = temporary_path(path)
        try:
            temporary.touch()
            yield temporary
            synchronise(temporary)
            temporary.replace(path)
            synchronise(path.parent)
        finally:
            remove_temporary(path)


def check_link(path: Path, hint: str = "create that, or choose another output") -> None:
    """Refuse a link that leads nowhere: nothing can be created under its name.

    Args:
        path: The output.
        hint: What to do about it.

    Raises:
        OutputError: ``path`` is such a link.
    """
    if path.is_symlink() and not path.exists():
        raise OutputError(
            f"is a link to {path.readlink()}, which does not exist",
            where=path,
            hint=hint,
        )


def discard_folder(path: Path) -> None:
    """Remove a folder with its contents.

    Only the contents are removed if ``path`` is a link, a mounted disk or the current folder.
    """
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    if not path.is_symlink():
        with suppress(OSError):  # a mounted disk, or "."
            path.rmdir()


def check_new_file(path: Path) -> None:
    """Refuse an output that exists: it may be an input, or hours of work.

    Raises:
        OutputError: ``path`` exists, is a link that leads nowhere, or cannot be examined.
    """
    with writing(path):
        check_link(path, hint="remove it, or choose another output")
        if path.is_dir():
            raise OutputError("is a folder", where=path, hint="give a file name")
        if path.exists():
            raise OutputError(
                "exists already", where=path, hint="remove it, or choose another output"
            )


def check_suffix(path: Path, *suffixes: str) -> None:
    """Refuse an output whose suffix, ignoring case, is not one of these.

    Raises:
        OutputError: The suffix is another one.
    """
    if path.suffix.lower() not in suffixes:
        *others, last = suffixes
        known = f"{', '.join(others)} or {last}" if others else last
        raise OutputError(f"cannot be a {path.suffix!r} file", where=path, hint=f"use {known}")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Convert every :class:`OSError` of the block to an :class:`OutputError`.

    Raises:
        OutputError: ``path`` cannot be written.
        OSError: A standard stream, to which the block prints, cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.filename in (STANDARD_OUTPUT, STANDARD_ERROR):
            raise
        raise OutputError(
            f"cannot be written ({error.strerror or error})",
            where=path,
            hint="check the permissions and the space on the disk",
        ) from error

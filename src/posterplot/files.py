"""Files and folders that are whole or absent: written beside their place, then renamed into it.

Contents are synchronised to the disk before the rename, and the folder that holds the new name
after it, so that a power cut leaves the old or the new, never a part. What takes hours to write
grows in a file beside its place instead, and stays there if it is interrupted:
:func:`growing_file`.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from posterplot.errors import OutputError

# A growing file loses at most this many seconds of work to a power cut; fsync takes milliseconds.
_SYNC_SECONDS = 2.0


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``path`` when the block succeeds.

    The temporary folder is on the same disk as ``path``, so that a rename is enough. An existing
    empty folder is filled, entry by entry: it may be a link, a mounted disk or the current folder,
    which cannot be replaced. After an error nothing is left.

    An existing folder that is to be replaced is renamed aside first, and removed only when the new
    one is in its place. If the program is killed in between, both are still there, the old one as
    ``.NAME-RANDOM/old``.

    Args:
        path: the folder to create.
        replace: whether to replace an existing folder.

    Raises:
        OutputError: ``path`` exists (and is not an empty folder, nor to be replaced), is a file,
            or cannot be written.
    """
    with writing(path):
        check_link(path)
        place = path.resolve() if path.exists() else path.absolute()
        if place.exists() and not place.is_dir():
            raise OutputError("is a file", where=path, hint="choose another output folder")
        fill = place.exists() and not any(place.iterdir())
        if place.exists() and not fill and not replace:
            raise OutputError(
                "exists already", where=path, hint="remove it, or choose another output"
            )
        above = place if fill else place.parent
        while not above.exists():
            above = above.parent
        if not above.is_dir():
            raise OutputError("is a file", where=above, hint="choose an output below a folder")
        with _temporary_folder(above, place.name) as temporary:
            building = temporary / "new"
            building.mkdir()
            yield building
            _sync_tree(building)
            if fill:
                for entry in sorted(building.iterdir()):
                    entry.rename(place / entry.name)
                synchronise(place)
                return
            _make_folders(place.parent)
            _put_in_place(building, place, temporary / "old" if replace else None)


def _put_in_place(new: Path, place: Path, aside: Path | None) -> None:
    """Rename a folder to its place; move what is there ``aside``, and back if that fails."""
    if aside is not None and place.exists():
        place.rename(aside)
    try:
        new.rename(place)  # fails if another process has put something there meanwhile
    except BaseException:
        if aside is not None and aside.exists():
            aside.rename(place)
        raise
    synchronise(place.parent)


@contextmanager
def _temporary_folder(above: Path, name: str) -> Iterator[Path]:
    """Yield a private folder, removed at the end with all that is in it."""
    folder = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _make_folders(path: Path) -> None:
    """Create a folder and those above it, and synchronise their names to the disk."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        synchronise(folder.parent)


def _sync_tree(folder: Path) -> None:
    """Synchronise all files below a folder, then the folders themselves, to the disk."""
    for path, _, files in os.walk(folder, topdown=False):
        for name in files:
            synchronise(Path(path, name))
        synchronise(Path(path))


def synchronise(path: Path) -> None:
    """Synchronise a file, or the names in a folder, to the disk."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return  # Windows cannot open folders, and needs no such call
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def new_file(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` that becomes ``path`` when the block succeeds.

    Args:
        path: the file to create.
        replace: whether to replace an existing file.

    Raises:
        OutputError: ``path`` exists (and is not to be replaced), is a folder, or cannot be written.

    """
    if not replace:
        check_new_file(path)
    with writing(path):
        _make_folders(path.parent)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        temporary = Path(name)
        temporary.chmod(0o644)
    try:
        with writing(path):
            yield temporary
            synchronise(temporary)
            temporary.replace(path)
            synchronise(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def growing_file(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Yield a function that appends to a file, all of its argument or nothing.

    What was appended stays, however the block ends. It is handed to the system at once and is
    synchronised to the disk every few seconds and at the end. A process that is killed while it
    appends can leave a part of the last piece; nothing follows that.

    Args:
        path: the file; it need not exist. If nothing is appended, no new file is left.

    Raises:
        OutputError: the file cannot be opened or, from the function, appended to, e.g. because the
            disk is full.
    """
    with writing(path):
        _make_folders(path.parent)
        stream = path.open("ab", buffering=0)
        synchronise(path.parent)
    synced = time.monotonic()

    def add(content: bytes) -> None:
        nonlocal synced
        whole = os.fstat(stream.fileno()).st_size
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[stream.write(rest) :]  # a disk that runs full writes a part first
            if time.monotonic() - synced > _SYNC_SECONDS:
                os.fsync(stream.fileno())
                synced = time.monotonic()
        except OSError as error:
            os.ftruncate(stream.fileno(), whole)
            raise OutputError(
                f"cannot be written ({error.strerror or error}); what was written is kept",
                where=path,
                hint="free some disk space and continue with --resume",
            ) from error

    try:
        yield add
    finally:
        empty = not os.fstat(stream.fileno()).st_size
        with writing(path), stream:
            os.fsync(stream.fileno())
        if empty:
            path.unlink()


def check_link(path: Path) -> None:
    """Refuse a link that leads nowhere: nothing can be created in its place.

    Raises:
        OutputError: ``path`` is such a link.
    """
    if path.is_symlink() and not path.exists():
        raise OutputError(
            f"is a link to {path.readlink()}, which does not exist",
            where=path,
            hint="create that, or choose another output",
        )


def discard_folder(path: Path) -> None:
    """Remove a folder with its contents; if ``path`` is a link to it, only the contents."""
    if not path.is_symlink():
        shutil.rmtree(path)
        return
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def check_new_file(path: Path) -> None:
    """Refuse an output that exists: it may be an input, or hours of somebody's work.

    Raises:
        OutputError: ``path`` exists, or cannot be examined.
    """
    with writing(path):
        if path.is_dir():
            raise OutputError("is a folder", where=path, hint="give a file name")
        if path.exists():
            raise OutputError(
                "exists already", where=path, hint="remove it, or choose another output"
            )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn every :class:`OSError` of the block into an :class:`OutputError`.

    Raises:
        OutputError: ``path`` cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot be written ({error.strerror or error})",
            where=path,
            hint="check the permissions and the space on the disk",
        ) from error

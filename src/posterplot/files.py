"""Files and folders that are whole or absent: written beside their place, then renamed into it.

What takes hours to write grows in a file beside its place instead, and stays there if it is
interrupted: :func:`growing_file`.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from posterplot.errors import OutputError


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Lend a temporary folder that takes the place of ``path`` when the block ends well.

    It lies beside ``path`` or, where the folders above ``path`` do not exist yet, beside the first
    of them: on the same disk, so that renaming is one step. An empty folder that stands there is
    filled instead, one renaming an entry: it may be a link, a mounted disk or the current folder,
    none of which can be replaced. After an error nothing is left.

    Args:
        path: the folder to be.
        replace: whether a folder that stands there gives way.

    Raises:
        OutputError: ``path`` exists (and is not an empty folder, nor to be replaced), is a file,
            or cannot be written.
    """
    with writing(path):
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
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=above) as temporary:
            building = Path(temporary) / (place.name or "root")  # the temporary folder is private
            building.mkdir()
            yield building
            if fill:
                for entry in sorted(building.iterdir()):
                    entry.rename(place / entry.name)
                return
            place.parent.mkdir(parents=True, exist_ok=True)
            if replace and place.exists():
                shutil.rmtree(place)
            building.rename(place)  # fails if another has put something there meanwhile


@contextmanager
def new_file(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Lend a temporary file beside ``path`` that takes its place when the block ends well.

    Args:
        path: the file to be.
        replace: whether a file that stands there gives way.

    Raises:
        OutputError: ``path`` exists (and is not to be replaced), is a folder, or cannot be written.

    """
    if not replace:
        check_new_file(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        temporary = Path(name)
        temporary.chmod(0o644)
    try:
        with writing(path):
            yield temporary
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def growing_file(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Lend a function that adds to a file, at once and whole or not at all.

    What was added stays whatever ends the block. Only a process that is killed while it adds can
    leave half of what it was adding; nothing comes after that.

    Args:
        path: the file; it need not exist. If nothing is ever added, it goes again.

    Raises:
        OutputError: it cannot be opened or, from the function, added to: the disk is full, say.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab", buffering=0)  # nothing waits in memory for a better moment

    def add(content: bytes) -> None:
        whole = os.fstat(stream.fileno()).st_size
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[stream.write(rest) :]  # a disk that runs full takes a part at first
        except OSError as error:
            os.ftruncate(stream.fileno(), whole)
            raise OutputError(
                f"cannot be written ({error.strerror or error}), but all before is kept there",
                where=path,
                hint="make room on the disk and go on with --resume",
            ) from error

    try:
        yield add
    finally:
        empty = not os.fstat(stream.fileno()).st_size
        stream.close()
        if empty:
            path.unlink()


def check_new_file(path: Path) -> None:
    """Refuse an output that stands already: it may be an input, or hours of somebody's work.

    Raises:
        OutputError: ``path`` exists, or cannot be looked at.
    """
    with writing(path):
        if path.is_dir():
            raise OutputError("is a folder", where=path, hint="name a file")
        if path.exists():
            raise OutputError("exists already", where=path, hint="remove it, or name another")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in one way that a file or folder cannot be written, whatever the system says.

    Raises:
        OutputError: the block met an :class:`OSError`.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot be written ({error.strerror or error})",
            where=path,
            hint="check the permissions and the space on the disk",
        ) from error

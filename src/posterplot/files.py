"""Files and folders that are whole or absent: written beside their place, then renamed into it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from posterplot.errors import OutputError


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Lend a temporary folder beside ``path`` that takes its place when the block ends well.

    Args:
        path: the folder to be; its parents are made.
        replace: whether a folder that stands there gives way.

    Raises:
        OutputError: ``path`` exists (and is not an empty folder, nor to be replaced), is a file,
            or cannot be written.

    """
    if path.is_file():
        raise OutputError("is a file", where=path, mend="name a folder that does not exist yet")
    if not replace and path.is_dir() and any(path.iterdir()):
        raise OutputError("exists already", where=path, mend="name another folder, or remove it")
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
        folder.chmod(0o755)
    try:
        with _writing(path):
            yield folder
            if path.is_dir():
                shutil.rmtree(path)
            folder.rename(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Lend a temporary file beside ``path`` that takes its place when the block ends well.

    Raises:
        OutputError: ``path`` is a folder, or cannot be written.

    """
    if path.is_dir():
        raise OutputError("is a folder", where=path, mend="name a file")
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
        temporary = Path(name)
        temporary.chmod(0o644)
    try:
        with _writing(path):
            yield temporary
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror or error}",
            where=path,
            mend="name another place, or make room and give yourself leave to write there",
        ) from error

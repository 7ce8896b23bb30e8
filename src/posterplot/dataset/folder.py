"""An output folder that appears whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from posterplot.errors import OutputError


@contextmanager
def built_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder to build in; renamed to ``out`` at the end, removed on any error.

    It lies beside ``out`` or, where the folders above ``out`` do not exist yet, beside the first
    of them: on the same disk, so that renaming is one step.

    Args:
        out: a path that does not exist, or an empty folder.

    Raises:
        OutputError: ``out`` exists, is a file, or cannot be written.
    """
    above = out.absolute().parent
    while not above.exists():
        above = above.parent
    if not above.is_dir():
        raise OutputError("is a file", where=above, mend="choose an output below a folder")
    if out.is_file():
        raise OutputError("is a file", where=out, mend="choose another output folder")
    if out.exists() and any(out.iterdir()):
        raise OutputError("exists already", where=out, mend="remove it, or choose another output")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=above) as temporary:
            building = Path(temporary) / out.name  # the temporary folder itself is private
            building.mkdir()
            yield building
            out.parent.mkdir(parents=True, exist_ok=True)
            if out.exists():
                out.rmdir()  # empty, see above; not all systems rename onto a folder
            shutil.move(building, out)
    except OSError as error:
        raise OutputError(
            f"cannot be written ({error.strerror or error})",
            where=out,
            mend="check the permissions and the space on the disk",
        ) from error

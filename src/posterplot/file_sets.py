"""Write several files so that all of them appear, or none.

A rename is atomic for one file only. So all files are first written to temporary files, and a list
of them is written to the disk. If the program is killed while it renames them, the next call
renames the rest: :mod:`posterplot.recovery`.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from posterplot.files import check_new_file, output_lock, writing
from posterplot.locks import list_path, remove_temporary, temporary_path
from posterplot.recovery import synchronise


@contextmanager
def output_locks(*paths: Path) -> Iterator[None]:
    """Lock several outputs, like :func:`output_lock`.

    Raises:
        OutputError: Another process is writing one of them, or a folder cannot be written.
    """
    with ExitStack() as stack:
        for path in paths:
            stack.enter_context(output_lock(path))
        yield


@contextmanager
def new_files(*paths: Path) -> Iterator[list[Path]]:
    """Yield temporary files that become ``paths`` together when the block succeeds.

    When all are complete, their names are written to a list on the disk, and then they are renamed,
    the first of them last. If the program is killed in between, the next call on the first renames
    the others.

    Args:
        paths: The files to create, one or more. The first is the one that names the output.

    Raises:
        OutputError: One of the files exists or is a folder, is being written by another process, or
            cannot be written.
    """
    with output_locks(*paths), writing(paths[0]):
        for path in paths:
            check_new_file(path)
        temporaries = [temporary_path(path) for path in paths]
        try:
            for temporary in temporaries:
                temporary.touch()
            yield temporaries
            for temporary in temporaries:
                synchronise(temporary)
            _rename_files(paths, temporaries)
        finally:
            list_path(paths[0]).unlink(missing_ok=True)
            for path in paths:
                remove_temporary(path)


def _rename_files(paths: Sequence[Path], temporaries: Sequence[Path]) -> None:
    """Rename temporary files to their names, and back if one of them fails."""
    names = list_path(paths[0])
    targets = [
        temporary.with_name(path.name) for path, temporary in zip(paths, temporaries, strict=True)
    ]
    names.write_text(json.dumps([_relative(target, names.parent) for target in targets]))
    synchronise(names)
    synchronise(names.parent)
    try:
        for path, temporary in zip(reversed(paths), reversed(temporaries), strict=True):
            temporary.replace(path)
            synchronise(path.parent)
    except BaseException:
        for path, temporary in zip(paths, temporaries, strict=True):
            if not temporary.exists():
                path.replace(temporary)
        raise


def _relative(path: Path, folder: Path) -> str:
    """Return a path relative to a folder, so that both may be moved together."""
    try:
        return os.path.relpath(path, folder)
    except ValueError:  # on another drive of Windows
        return str(path)

"""Read files of a catalogue: regular files of bounded size inside its folder."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from posterplot.errors import CatalogueError, FilmError
from posterplot.regular_files import read_regular

LEADS_OUT = "is a link that leads out of the catalogue"

_MAX_JSON_BYTES = 64 * 2**20  # bytes of a file that describes one film or one split


def read_inside(path: Path, home: Path, limit: int = _MAX_JSON_BYTES) -> bytes:
    """Read a regular file of a folder.

    Args:
        path: Path of the file.
        home: Folder of the catalogue.
        limit: Maximum size in bytes.

    Raises:
        FilmError: The file is missing, no regular file, too large, or outside the folder.
    """
    if not inside(path, home):
        raise FilmError(f"{LEADS_OUT}: {path.name}")
    return read_regular(path, "file", limit)


def inside(path: Path, home: Path) -> bool:
    """Return whether a path is in a folder after links are resolved."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(home))
    except (OSError, ValueError):  # no file can have this name
        return False


def check_inside(path: Path, home: Path) -> None:
    """Refuse a table that is a link to a file outside its folder.

    Raises:
        CatalogueError: The file is outside the folder.
    """
    if not inside(path, home):
        raise CatalogueError(LEADS_OUT, where=path, hint="copy the file into the folder")


def json_inside(path: Path, home: Path) -> object:
    """Read a JSON file inside a folder.

    Raises:
        FilmError: As :func:`read_inside`, or it is not JSON.
    """
    try:
        return json.loads(read_inside(path, home).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FilmError(f"file is not JSON: {path.name}: {error}") from error


def description(path: Path, home: Path) -> dict[str, object]:
    """Read the JSON object that describes a catalogue.

    Raises:
        CatalogueError: The file cannot be read, or is not a JSON object.
    """
    try:
        value = json_inside(path, home)
    except FilmError as error:
        raise CatalogueError(error.what, where=path, hint="check that it is complete") from error
    if not isinstance(value, dict):
        raise CatalogueError(
            "is JSON, but not an object", where=path, hint="check that it is complete"
        )
    return value


def files_below(home: Path, depth: int) -> Iterator[Path]:
    """Yield the files below a folder, sorted. Links to folders are not followed.

    Args:
        home: Folder to list.
        depth: Maximum depth of subfolders; 0 lists the folder alone.
    """
    try:
        with os.scandir(home) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from files_below(Path(entry.path), depth - 1)
        elif not entry.is_dir():
            yield Path(entry.path)

"""Where a film's poster lies: the file that a cell names, or one beside the table."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from posterplot.errors import FilmError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})

# Folders beside a table in which posters are looked for by name; w500 and such are TMDB's sizes.
_FOLDERS = frozenset(
    {
        *("posters", "poster", "images", "image", "imgs", "img", "covers"),
        *("original", "w780", "w500", "w342", "w185", "w154", "w92"),
    }
)
_MOST_FILES = 1_000_000
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_WINDOWS = re.compile(r"[a-zA-Z]:[\\/]|[^/]*\\")
# The value of TMDB's poster_path: "/kqjL17yufvn9OVLyXYpvtyrFfak.jpg".
_TMDB_PATH = re.compile(r"/[A-Za-z0-9]+\.(?:jpg|png|svg)")


class Elsewhere(NamedTuple):
    """A poster that is not among the catalogue's files: its address, or TMDB's path."""

    address: str


class Posters:
    """The posters of one catalogue.

    Args:
        folder: that relative paths start from.
        named: whether the table has a column of posters. If not, a file named like the film's id
            is its poster.
        own: whether the folder is all of the catalogue: not even a path that says so leads out.
    """

    def __init__(self, folder: Path, *, named: bool, own: bool = False) -> None:
        self._own = own
        self._folder = folder
        self._named = named
        self._home = os.path.realpath(folder)
        self._inside = cache(self._lies_inside)
        self._beside = cache(self._files_beside)

    def find(self, text: str, ids: Iterable[str]) -> Path | Elsewhere | None:
        """Return the poster's file, which need not exist if the cell names it itself.

        Args:
            text: of the cell; "" if it is empty.
            ids: of the film: its own, its IMDb id.

        Raises:
            FilmError: it is a link that leads out of the catalogue's folder.
        """
        if not text:
            return None if self._named else self._by_name(ids)
        if ("://" in text and _ADDRESS.match(text)) or _TMDB_PATH.fullmatch(text):
            name = text.partition("?")[0].rpartition("/")[2]
            return self._by_name([name, *ids]) or Elsewhere(text)
        if _WINDOWS.match(text) and not os.path.lexists(self._folder / text):
            path = PureWindowsPath(text)
            if path.drive:  # another machine's
                return self._by_name([path.name, *ids]) or Elsewhere(text)
            text = path.as_posix()
        path_here = self._folder / text
        outside = Path(text).is_absolute() or ".." in Path(text).parts
        if self._own or not outside:
            self.check_inside(path_here)
        return path_here

    def check_inside(self, path: Path) -> None:
        """Raise :class:`FilmError` if a file below the folder is, by links, one outside it."""
        try:
            parent, linked = self._inside(path.parent), path.is_symlink()
        except (OSError, ValueError):  # a name that no file can have: found when it is read
            return
        if not parent or (linked and not self._lies_inside(path)):
            raise FilmError(f"poster is a link that leads out of the catalogue: {path}")

    def _lies_inside(self, path: Path) -> bool:
        real = os.path.realpath(path)
        return real == self._home or Path(real).is_relative_to(self._home)

    def _by_name(self, names: Iterable[str]) -> Path | None:
        files = self._beside()
        if not files:
            return None
        return next((files[n.casefold()] for n in names if n.casefold() in files), None)

    def _files_beside(self) -> dict[str, Path]:
        """Return the images beside the table, by name with and without suffix."""
        files: dict[str, Path] = {}
        for folder in (self._folder, *_folders_of_posters(self._folder, depth=1)):
            for path in images_in(folder):
                try:
                    self.check_inside(path)
                except FilmError:
                    continue
                files.setdefault(path.name.casefold(), path)
                files.setdefault(path.stem.casefold(), path)
        return files


def _folders_of_posters(folder: Path, depth: int) -> Iterator[Path]:
    """Go over the folders in a folder, and in those, whose names say that they hold posters."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.name.casefold() in _FOLDERS and e.is_dir())
    except OSError:
        return
    for name in names:
        yield folder / name
        if depth:
            yield from _folders_of_posters(folder / name, depth - 1)


def images_in(folder: Path) -> Iterator[Path]:
    """Go over the images that lie directly in a folder, if there is one, by name."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in islice(entries, _MOST_FILES)
                if Path(entry.name).suffix.lower() in SUFFIXES
            )
    except OSError:
        return
    for name in names:
        yield folder / name

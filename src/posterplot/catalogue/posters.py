"""Find a film's poster: the file that a cell names, or one beside the table."""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple
from urllib.parse import unquote

from posterplot.catalogue.access import OWN_FOLDER, Access
from posterplot.catalogue.remote import url_of
from posterplot.catalogue.safe_files import inside
from posterplot.errors import FilmError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})

# Folders beside a table in which posters are looked for by name; w500 and such are TMDB's sizes.
_FOLDERS = frozenset(
    {
        *("posters", "poster", "images", "image", "imgs", "img", "covers"),
        *("original", "w780", "w500", "w342", "w185", "w154", "w92"),
    }
)
# Names, without suffix, that sites and programs give to the poster of every film.
_COMMON_NAMES = frozenset(
    {
        *("poster", "posters", "cover", "folder", "image", "img", "movie", "film", "default"),
        *("thumb", "thumbnail", "front", "photo", "picture", "file", "download", "index"),
        *("original", "large", "medium", "small", "full", "main", "portrait"),
    }
)
_MAX_FILES = 1_000_000
_MAX_CACHED_FOLDERS = 10_000
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_WINDOWS = re.compile(r"[a-zA-Z]:[\\/]|[^/]*\\")
# The value of TMDB's poster_path: "/kqjL17yufvn9OVLyXYpvtyrFfak.jpg".
_TMDB_PATH = re.compile(r"/[A-Za-z0-9]+\.(?:jpg|png|svg)")


# Reason for a poster path that is not followed.
_FETCHED = "on the web or in cloud storage"
OUTSIDE = "poster is outside the catalogue's folder (`allow_outside` reads it)"


class PosterAddress(NamedTuple):
    """A poster that is not among the catalogue's files: its address, or its path at TMDB."""

    address: str


def where_of(address: str) -> str:
    r"""Return the location of a poster that is not among the catalogue's files, for counting.

    >>> where_of("https://host/a.jpg"), where_of("C:\\a.jpg")
    ('on the web or in cloud storage', 'on another machine')
    """
    # the usual address is a path at TMDB, whose URL need not be built
    fetched = address.startswith("/") or url_of(address)
    return _FETCHED if fetched else "on another machine"


def unread_poster_lines(counts: Mapping[str, int], *, remote: bool) -> Iterator[str]:
    """Yield sentences that say how many posters were not read, and what to do about it."""
    for where, count in counts.items():
        one = count == 1
        hint = f"put the {'file' if one else 'files'} beside the table"
        if where == _FETCHED and not remote:
            hint = f"`remote=True` fetches {'it' if one else 'them'}, or {hint}"
        noun, verb = ("poster is", "was") if one else ("posters are", "were")
        yield f"{count:,} {noun} {where}, and {verb} not read; {hint}"


class Posters:
    """The posters of one catalogue.

    Args:
        folder: Folder that relative paths start from.
        named: Whether the table has a column of posters. If not, a file named like the film's id
            is its poster.
        access: Whether paths may lead out of the folder.
    """

    def __init__(self, folder: Path, *, named: bool, access: Access = OWN_FOLDER) -> None:
        self._access = access
        self._folder = folder
        self._named = named
        self._home = Path(os.path.realpath(folder))
        self._inside = lru_cache(_MAX_CACHED_FOLDERS)(lambda path: inside(path, self._home))
        self._beside = cache(self._files_beside)
        self._addresses: dict[Path, int] = {}  # file -> hash of the address that it was found by

    def find(self, text: str, ids: Iterable[str]) -> Path | PosterAddress | None:
        """Return the file of a poster. If the cell names it, the file need not exist.

        Args:
            text: Text of the cell; "" if it is empty.
            ids: Ids of the film: its own and its IMDb id.

        Raises:
            FilmError: The path leads out of the catalogue's folder, which is not allowed.
        """
        if not text:
            return None if self._named else self._by_name(ids)
        if ("://" in text and _ADDRESS.match(text)) or _TMDB_PATH.fullmatch(text):
            return self._by_address(text.partition("?")[0], ids) or PosterAddress(text)
        if _WINDOWS.match(text) and not os.path.lexists(self._folder / text):
            path = PureWindowsPath(text)
            if path.drive:  # a path of another machine
                return self._by_address(path.as_posix(), ids) or PosterAddress(text)
            text = path.as_posix()
        path_here = self._folder / text
        if "%" in text and not os.path.lexists(path_here):  # a part of an address
            decoded = self._folder / unquote(text)
            path_here = decoded if os.path.lexists(decoded) else path_here
        if not self._allowed(path_here):
            raise FilmError(f"{OUTSIDE}: {text}")
        return path_here

    def _allowed(self, path: Path) -> bool:
        if self._access.outside:
            return True
        try:
            # most films share a folder, and few of their posters are links
            return self._inside(path.parent) and not (path.is_symlink() and not self._inside(path))
        # no file can have this name; the error is reported when it is read
        except (OSError, ValueError):
            return True

    def _by_address(self, address: str, ids: Iterable[str]) -> Path | None:
        """Return the file with the last name of an address, or with an id as its name.

        A name that says nothing (``https://host/862/poster.jpg``), or that another address had
        before, would give one poster to many films.
        """
        name = address.rpartition("/")[2]
        if PurePosixPath(name).stem.casefold() not in _COMMON_NAMES:
            path = self._by_name([name, unquote(name)])
            if path and self._addresses.setdefault(path, hash(address)) == hash(address):
                return path
        return self._by_name(ids)

    def _by_name(self, names: Iterable[str]) -> Path | None:
        files = self._beside()
        if not files:
            return None
        for name in names:
            if path := files.get(name.casefold()):
                return path
        return None

    def _files_beside(self) -> dict[str, Path]:
        """Return the images beside the table, by name with and without suffix."""
        files: dict[str, Path] = {}
        for folder in (self._folder, *_folders_of_posters(self._folder, depth=1)):
            for path in filter(self._allowed, images_in(folder)):
                files.setdefault(path.name.casefold(), path)
                files.setdefault(path.stem.casefold(), path)
        return files


class RemoteFolder:
    """The posters of a catalogue in cloud storage.

    Args:
        address: Address of the catalogue's folder: ``s3://bucket/films``.
        access: Whether paths may lead out of the folder.
    """

    def __init__(self, address: str, *, access: Access = OWN_FOLDER) -> None:
        self._address = address
        self._access = access

    def find(self, text: str, ids: Iterable[str]) -> Path | PosterAddress | None:
        """Return the poster's address; posters are not looked for by name.

        Args:
            text: Text of the poster's cell; "" if it is empty.
            ids: Ids of the film; not used.

        Raises:
            FilmError: The path leads out of the catalogue's folder, which is not allowed.
        """
        if not text:
            return None
        if _ADDRESS.match(text) or _TMDB_PATH.fullmatch(text):
            return PosterAddress(text)
        path = posixpath.normpath(text.replace("\\", "/"))
        if path.startswith(("../", "/")) and not self._access.outside:
            raise FilmError(f"{OUTSIDE}: {text}")
        scheme, _, folder = self._address.partition("://")
        return PosterAddress(f"{scheme}://{posixpath.normpath(posixpath.join(folder, path))}")


def _folders_of_posters(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the subfolders, at most two levels deep, whose names say that they hold posters."""
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
    """Yield the images directly in a folder, sorted by name; none if there is no folder."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in islice(entries, _MAX_FILES)
                if Path(entry.name).suffix.lower() in SUFFIXES
            )
    except OSError:
        return
    for name in names:
        yield folder / name

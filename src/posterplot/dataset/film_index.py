"""An index of the films of a catalogue, stored on disk to save memory."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from posterplot.catalogue.seen_ids import open_database, output_error

_CACHE = 2000  # KiB of the database in memory
_AT_ONCE = 1000  # films written with one call
_SIGN = 2**63  # SQLite knows no unsigned numbers


class IndexedFilm(NamedTuple):
    """The entry of one film.

    Attributes:
        id, title, source: Copied from the film, for messages.
        name: Key of the title and the year, which may be unknown; see
            :func:`posterplot.dataset.duplicates.name_key`.
        title_key, overview: Keys of title and year, and of the overview; see
            :mod:`posterplot.dataset.duplicates`. None if unknown.
        poster: The perceptual hash of its poster; None without one.
        digest: Digest of the film; see :func:`posterplot.dataset.manifest.film_digest`.
    """

    id: str = ""
    title: str = ""
    source: str = ""
    name: bytes | None = None
    title_key: bytes | None = None
    overview: bytes | None = None
    poster: int | None = None
    digest: bytes = b""


class FilmIndex:
    """The films of a catalogue, numbered from 0 in their order. A context manager.

    Args:
        path: Path of a new file, which may be removed once the index is closed; None for a private
            file.

    Raises:
        OutputError: The file cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = str(path or "")
        self._database = open_database(
            self._path,
            _CACHE,
            "CREATE TABLE films (film INTEGER PRIMARY KEY, id TEXT, title TEXT, source TEXT,"
            " name BLOB, title_key BLOB, overview BLOB, poster INTEGER, digest BLOB)",
        )
        self._waiting: list[tuple[object, ...]] = []
        self._films = 0

    def __enter__(self) -> Self:
        """Return the index."""
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Close the index.

        Raises:
            OutputError: The block ended because the disk is full.
        """
        self._database.close()
        if isinstance(error, sqlite3.OperationalError):
            raise output_error(error, self._path) from error

    def __len__(self) -> int:
        """Count the films."""
        return self._films

    def add(self, film: IndexedFilm) -> None:
        """Add the next film."""
        poster = None if film.poster is None else film.poster - _SIGN
        self._waiting.append((self._films, *film._replace(poster=poster)))
        self._films += 1
        if len(self._waiting) == _AT_ONCE:
            self._write()

    def finish(self) -> None:
        """Create the indexes of the keys. No film may be added afterwards."""
        self._write()
        for column in ("title_key", "overview", "poster"):
            self._database.execute(
                f"CREATE INDEX films_by_{column} ON films ({column}, film)"
                f" WHERE {column} IS NOT NULL"
            )

    def rows(self, column: str) -> Iterator[tuple[object, int]]:
        """Yield (key, film) for all films that share a key with another, sorted by key and film."""
        return self._rows(column, "count(*) > 1")

    def rows_without_placeholders(
        self, column: str, most_names: int
    ) -> Iterator[tuple[object, int]]:
        """Yield the same, without keys that films with too many different names share."""
        return self._rows(column, f"count(*) > 1 AND {_names_of(most_names)}")

    def posters(self, most_names: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """Return the distinct poster hashes, and the first film with each: ``(P,)`` both.

        Hashes that films of more than ``most_names`` names share are left out.
        """
        having = _names_of(most_names)
        grouped = f"FROM films WHERE poster IS NOT NULL GROUP BY poster HAVING {having}"
        count = self._database.execute(f"SELECT count(*) FROM (SELECT 1 {grouped})").fetchone()[0]  # noqa: S608
        hashes, films = np.empty(count, np.uint64), np.empty(count, np.int32)
        found = self._database.execute(f"SELECT poster, min(film) {grouped}")
        for row, (poster, film) in enumerate(found):
            hashes[row], films[row] = poster + _SIGN, film
        return hashes, films

    def identity(self, film: int) -> tuple[str, str, str]:
        """Return the id, title and source of a film."""
        select = "SELECT id, title, source FROM films WHERE film = ?"
        id_, title, source = self._database.execute(select, (film,)).fetchone()
        return id_, title, source

    def digests(self) -> Iterator[bytes]:
        """Yield the digests of all films."""
        for (digest,) in self._database.execute("SELECT digest FROM films ORDER BY film"):
            yield digest

    def _write(self) -> None:
        marks = ", ".join("?" * (1 + len(IndexedFilm._fields)))
        self._database.executemany(f"INSERT INTO films VALUES ({marks})", self._waiting)  # noqa: S608
        self._waiting.clear()

    def _rows(self, column: str, having: str) -> Iterator[tuple[object, int]]:
        return self._database.execute(
            f"SELECT films.{column}, film FROM (SELECT {column} AS key FROM films"  # noqa: S608
            f" WHERE {column} IS NOT NULL GROUP BY {column} HAVING {having})"
            f" JOIN films ON films.{column} = key ORDER BY films.{column}, film"
        )


def _names_of(most: int) -> str:
    # untitled films count as different: nothing says that two of them are the same
    return f"count(DISTINCT coalesce(name, film)) <= {most}"

"""Outside formats -> :class:`~posterplot.films.Film`, and nothing else.

A catalogue is a table, one row a film, in CSV, JSONL or Parquet::

    id        unique; ``imdb_id`` does as well
    title     may be empty
    year      of release
    overview  plot summary
    genres    joined with ``|``, a list, or a list as JSON or Python writes it: names may hold
              spaces
    poster    path relative to the table's folder; in Parquet also the image's bytes, or a struct
              of both as Hugging Face datasets write it
    split     train, validation or test

``id`` and one of ``poster`` and ``overview`` must be there; other columns are left alone. A row
that cannot be used comes back as :class:`~posterplot.films.Rejected`, and the others go on.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from posterplot.catalogue.csv_table import count_csv, read_csv
from posterplot.catalogue.jsonl_table import count_jsonl, read_jsonl
from posterplot.catalogue.parquet_table import count_parquet, read_parquet
from posterplot.catalogue.rows import Row, films_of
from posterplot.errors import CatalogueError
from posterplot.films import Film, Rejected

__all__ = ["count_films", "read_catalogue"]


class _Format(NamedTuple):
    read: Callable[[Path], Iterator[Row]]
    count: Callable[[Path], int]


_FORMATS = {
    ".csv": _Format(read_csv, count_csv),
    ".jsonl": _Format(read_jsonl, count_jsonl),
    ".parquet": _Format(read_parquet, count_parquet),
}


def read_catalogue(path: Path, *, splits: bool = True) -> Iterator[Film | Rejected]:
    """Read a catalogue row by row, in its order.

    Memory stays flat but for the ids, which are kept to tell duplicates.

    Args:
        path: a ``.csv``, ``.jsonl`` or ``.parquet`` file.
        splits: whether the column ``split`` is read: who only predicts has no use for it, and no
            reason to stop at one that does not exist.

    Yields:
        one item a row: the film, or why the row cannot be used.

    Raises:
        CatalogueError: the table is missing, unreadable, empty, of an unknown kind, wrongly
            encoded, lacks a column it must have, or asks for a split that does not exist.
    """
    rows = _format(path).read(path)
    return films_of(rows, path, splits=splits)


def count_films(path: Path) -> int:
    """Count the rows of a catalogue, for progress bars: fast, as nothing is interpreted.

    Raises:
        CatalogueError: the table is missing, unreadable, of an unknown kind or wrongly encoded.
        ModuleNotFoundError: it is Parquet, and pyarrow not installed.
    """
    return _format(path).count(path)


def _format(path: Path) -> _Format:
    known = ", ".join(_FORMATS)
    try:
        if path.is_dir():
            raise CatalogueError(
                "is a folder, not a table", where=path, hint=f"name the table in it ({known})"
            )
        if not path.exists():
            raise CatalogueError("no such file", where=path, hint="check the path of the catalogue")
    except OSError as error:
        raise CatalogueError(
            f"cannot be read ({error.strerror})", where=path, hint="check its path and permissions"
        ) from error
    if path.suffix.lower() not in _FORMATS:
        raise CatalogueError(
            f"a catalogue cannot be of the kind {path.suffix!r}",
            where=path,
            hint=f"save the table as one of {known}",
        )
    return _FORMATS[path.suffix.lower()]

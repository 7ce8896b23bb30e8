"""What every format shares: the columns of a row and their values -> a film."""

import ast
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from posterplot.errors import CatalogueError, FilmError
from posterplot.films import SPLITS, Film, Rejected, Split

IDS = ("id", "imdb_id")
COLUMNS = (*IDS, "title", "year", "overview", "genres", "poster", "split")

# Short forms in wide use; anything else is more likely a slip than a split.
_SPLITS: Mapping[str, Split] = {
    **{s: s for s in SPLITS},
    "val": "validation",
    "valid": "validation",
}

_YEAR = re.compile(r"(\d{4})(\.0+)?")  # 1999.0 is what spreadsheets and pandas make of 1999


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, not yet understood.

    Args:
        number: as the user's own tool counts: a spreadsheet's row (its header is row 1), a text
            file's line, a data frame's row from 1.
        values: column -> value; empty where ``fault`` is set.
        fault: why the row cannot be read at all; empty if it can.
    """

    number: int
    values: Mapping[str, object]
    fault: str = ""


def check_columns(columns: Collection[str], path: Path) -> None:
    """Raise :class:`CatalogueError` unless the table can hold films at all."""
    found = ", ".join(columns) or "none"
    commas = len(columns) == 1 and re.search(r"[;\t]", found)
    for needed in (IDS, ("poster", "overview")):
        if not set(needed) & set(columns):
            raise CatalogueError(
                f"no column {' or '.join(needed)}; the columns found are: {found}",
                where=path,
                hint="separate the columns with commas" if commas else f"add {needed[0]!r}",
            )


def films_of(rows: Iterable[Row], path: Path, *, splits: bool = True) -> Iterator[Film | Rejected]:
    """Turn rows into films; the first film of an id is kept, later ones are rejected.

    Raises:
        CatalogueError: there are no rows or, if splits are read, one that does not exist.
    """
    first_seen: dict[str, int] = {}
    row = None
    for row in rows:
        source = f"{path.name} row {row.number}"
        id_ = next((text for column in IDS if (text := _text(row.values.get(column)))), "")
        title = _text(row.values.get("title"))
        try:
            if row.fault:
                raise FilmError(row.fault)
            if not id_:
                raise FilmError("has no id")
            if id_ in first_seen:
                raise FilmError(f"duplicate id: {id_}, first seen in row {first_seen[id_]}")
            first_seen[id_] = row.number
            split = _split(row.values.get("split"), source) if splits else None
            yield _film(row.values, path.parent, id_, title, split, source)
        except FilmError as error:
            yield Rejected(id_, title, source, "film", error.what)
    if row is None:
        raise CatalogueError("holds no films", where=path, hint="add rows to the table")


def _film(
    values: Mapping[str, object],
    folder: Path,
    id_: str,
    title: str,
    split: Split | None,
    source: str,
) -> Film:
    return Film(
        id=id_,
        title=title,
        year=_year(values.get("year")),
        overview=_text(values.get("overview")) or None,
        genres=_genres(values.get("genres")),
        poster=_poster(values.get("poster"), folder),
        split=split,
        source=source,
    )


def _text(value: object) -> str:
    if value is None or value != value:  # NaN, as pandas writes what is missing
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # an id column that pandas has turned into floats
    # JSON can hold halves of a character pair, which no file can.
    return str(value).encode("utf-8", "replace").decode("utf-8").strip()


def _year(value: object) -> int | None:
    """Read a year; one that cannot be read is unknown, no reason to lose a film over."""
    match = _YEAR.fullmatch(_text(value))
    return int(match[1]) if match and 1800 <= int(match[1]) <= 2200 else None


def _genres(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        names = list(value)
    elif (text := _text(value)).startswith("["):
        try:
            names = json.loads(text)
        except (ValueError, RecursionError):
            names = _python_list(text)
    else:
        names = text.split("|")
    if not all(name is None or isinstance(name, str) for name in names):
        raise FilmError("genres are not all text")
    clean = (" ".join(unicodedata.normalize("NFC", _text(name)).split()) for name in names)
    return tuple(dict.fromkeys(name for name in clean if name))


def _python_list(text: str) -> list[object]:
    """Read ``['A', 'B']``, which is what pandas writes to CSV for a column of lists."""
    try:
        names = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        names = None
    # Compared with how Python writes it: ['A' 'B'], an array of NumPy's, would be read as ['AB'].
    if not isinstance(names, list) or "".join(repr(names).split()) != "".join(text.split()):
        raise FilmError('genres look like a list but are not JSON: write ["A", "B"] or A|B')
    return names


def _poster(value: object, folder: Path) -> Path | bytes | None:
    if isinstance(value, Mapping):  # Hugging Face: bytes, or the path they are to be found at
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return value  # even if empty: that is found, and said, when it is decoded
    return folder / text if (text := _text(value)) else None


def _split(value: object, where: str) -> Split | None:
    text = _text(value).lower()
    if text and text not in _SPLITS:
        raise CatalogueError(
            f"unknown split {text!r}", where=where, hint=f"use one of {', '.join(SPLITS)}"
        )
    return _SPLITS[text] if text else None

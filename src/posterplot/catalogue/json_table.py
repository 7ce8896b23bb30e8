"""Read JSON and JSONL tables."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from posterplot.catalogue.columns import genre_flags, known_columns
from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.text_file import encoding_of, lines_of, open_text, shown_encoding
from posterplot.errors import CatalogueError, FilmError

# Columns of a table. Only objects that are no films have more keys, such as films by their ids.
_MAX_COLUMNS = 10_000
# Number of films whose values are compared with 0 and 1.
_FLAG_FILMS = 100
_START_CHARS = 100
# A file of many films is read into memory, which takes several times its size.
_MAX_CHARS = 512 * 2**20

# Keys of the list of films in the answers of APIs: OMDb, TMDB, Jellyfin and others.
_LISTS = frozenset(
    {"results", "search", "items", "films", "movies", "data", "parts", "movie_results"}
)

Record = Mapping[str, object]


def open_jsonl(path: Path, encoding: str | None = None) -> Table:
    """Open a JSONL table; a line that is not a JSON object is a row with a problem.

    Raises:
        CatalogueError: The file cannot be opened, or has another encoding.
    """
    encoding = encoding_of(path, encoding)
    with open_text(path, encoding) as file:
        if file.read(_START_CHARS).lstrip().startswith("["):  # a list, in a file named .jsonl
            return open_json(path, encoding)

    def rows() -> Iterator[Row]:
        with open_text(path, encoding) as file:
            for number, line in enumerate(lines_of(file, path), start=1):
                if line.strip():
                    yield _row(number, line)

    return table_of_records(path, "JSON lines", rows, encoding)


def open_json(path: Path, encoding: str | None = None) -> Table:
    """Open a JSON file: a list of films, films by id, one film, or films under a single key.

    Raises:
        CatalogueError: The file cannot be opened, is too large, is not JSON, or holds no objects.
    """
    encoding = encoding_of(path, encoding)
    records = records_of(path, encoding)
    if records is None:  # one object per line, in a file named .json
        return open_jsonl(path, encoding)

    def rows() -> Iterator[Row]:
        for number, record in enumerate(records, start=1):
            yield row_of(number, record, "is JSON, but not an object")

    return table_of_records(path, "JSON", rows, encoding)


def records_of(path: Path, encoding: str) -> list[object] | None:
    """Read the films of a JSON file; return None if it holds one object per line.

    Raises:
        CatalogueError: As :func:`open_json`.
    """
    with open_text(path, encoding) as file:
        text = file.read(_MAX_CHARS + 1)  # a compressed file may be larger than it looks
    if len(text) > _MAX_CHARS:
        raise CatalogueError(
            f"is too large to be read at once: over {_MAX_CHARS // 2**20} MB",
            where=path,
            hint="save it as JSON lines, one film a line: .jsonl",
        )
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        first = text.lstrip().partition("\n")[0]
        try:
            lines = isinstance(json.loads(first), dict)
        except (ValueError, RecursionError):
            lines = False
        if lines:
            return None
        raise CatalogueError(
            f"is not JSON: {error}", where=path, hint="check that the file is whole"
        ) from error
    return films_in(value, path)


def films_in(value: object, path: Path) -> list[object]:
    """Return the films of a file; one that cannot be read is a :class:`FilmError`."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return [value]
    names, rows = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(rows, list):  # pandas, orient="split"
        return [
            dict(zip(map(str, names), row, strict=False)) if isinstance(row, list) else row
            for row in rows
        ]
    for key in value:  # a page of an API
        if key.casefold() in _LISTS and isinstance(value[key], list):
            if key in _repeated(value):
                raise CatalogueError(
                    f"has {key!r} twice", where=path, hint="check that it is one result"
                )
            return list(value[key])
    results = value.get("results")  # the result of a Wikidata query
    if "head" in value and isinstance(results, dict) and isinstance(results.get("bindings"), list):
        return list(results["bindings"])
    if _are_columns(value):
        return _films_in_columns(value)
    return _films_by_id(value) if _are_by_id(value) else [value]


def _are_columns(value: Mapping[str, object]) -> bool:
    """Return whether an object holds columns, as pandas writes a data frame by default."""
    columns = all(isinstance(column, dict) for column in value.values())
    return columns and known_columns(tuple(value)) > 1


def _films_in_columns(value: Mapping[str, Any]) -> list[object]:
    numbers = dict.fromkeys(number for column in value.values() for number in column)
    return [{name: column.get(n) for name, column in value.items()} for n in numbers]


def _are_by_id(value: Mapping[str, object]) -> bool:
    """Return whether an object holds films by id; a few may be missing, such as ``null``."""
    objects = sum(isinstance(item, dict) for item in value.values())
    if objects == len(value):
        return objects > 0
    # one film may also be mostly of objects, but has other columns
    return objects > len(value) / 2 and not known_columns(tuple(value))


def _films_by_id(value: Mapping[str, object]) -> list[object]:
    films: list[object] = []
    for id_, item in value.items():
        if id_ in _repeated(value):
            films.append(FilmError(f"two films have the id {id_[:40]!r}"))
        elif not isinstance(item, dict) or "id" in item or isinstance(item, _Ambiguous):
            films.append(item)
        else:
            films.append({"id": id_, **item})
    return films


def _repeated(value: Mapping[str, object]) -> frozenset[str]:
    return value.repeated if isinstance(value, _Ambiguous) else frozenset()


def table_of_records(
    path: Path,
    format_name: str,
    rows: Callable[[], Iterator[Row]],
    encoding: str = "utf-8",
) -> Table:
    """Make a table of records whose keys may differ from one to the next."""
    names: dict[str, None] = {}
    known: list[Record] = []
    total = 0
    for row in rows():  # all, since a film may omit what it lacks
        total += 1
        if row.problem:
            continue
        if len(names) < _MAX_COLUMNS:
            names.update(dict.fromkeys(map(str, row.values)))
        if len(known) < _FLAG_FILMS:
            known.append(row.values)
    columns = tuple(names)
    note = shown_encoding(encoding)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        return rows()

    return Table(
        path=path,
        folder=path if path.is_dir() else path.parent,
        format=format_name,
        columns=columns,
        read=read,
        count=lambda: total,
        notes=(note,) if note else (),
        flags=genre_flags(columns, known),
    )


def _row(number: int, line: str) -> Row:
    try:
        value = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return Row(number, {}, f"line is not JSON: {error}")
    return row_of(number, value, "line is JSON, but not an object")


class _Ambiguous(dict[str, object]):
    """An object with duplicate keys, of which Python would keep only the last."""

    repeated: frozenset[str]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    ambiguous = _Ambiguous(values)
    counts = Counter(name for name, _ in pairs)
    ambiguous.repeated = frozenset(name for name, times in counts.items() if times > 1)
    return ambiguous


def row_of(number: int, value: object, problem: str) -> Row:
    """Return a film's row, or one with a problem if the value is not an object, or is ambiguous."""
    if isinstance(value, FilmError):
        return Row(number, {}, value.what)
    if isinstance(value, _Ambiguous):
        return Row(number, {}, "two values of the object have the same name")
    return Row(number, value) if isinstance(value, dict) else Row(number, {}, problem)

"""Read TMDB: its JSON, its genre numbers, and tables made from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.vocabularies import TMDB_FILM_IDS, TMDB_SERIES_IDS
from posterplot.errors import CatalogueError

# Numbers are stable; names depend on the language of the request.
TMDB_GENRES: Mapping[int, str] = {
    number: name for name, number in (TMDB_FILM_IDS | TMDB_SERIES_IDS).items()
}
_GENRE_NAMES = {"genres": TMDB_GENRES, "genre_ids": TMDB_GENRES}
# Field -> keys of films and series; the first is the column that is read.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "title": ("title", "name", "original_title", "original_name"),
    "year": ("release_date", "first_air_date"),
    "overview": ("overview",),
    "genres": ("genres", "genre_ids"),
    "poster": ("poster_path",),
}
_DAILY = {"adult", "id", "original_title", "popularity", "video"}
_FIRST_ROWS = 100
_NUMBER = re.compile(r"\d+(\.0)?")


def recognise_tmdb(table: Table) -> Table:
    """Return a table of TMDB with its own row conversion; return other tables unchanged.

    Raises:
        CatalogueError: The table is a daily list of ids, without data on films.
    """
    columns = set(table.columns)
    if table.format.startswith("JSON"):
        if columns <= _DAILY | {"adult"} and {"id", "original_title", "popularity"} <= columns:
            raise CatalogueError(
                "is TMDB's daily list of ids: it has no overviews, posters or genres",
                where=table.path,
                hint="ask TMDB's API for the films",
            )
        first = [row.values for row in islice(table.read(table.columns), _FIRST_ROWS)]
        return _open_api_records(table) if any(map(_is_record, first)) else table
    format_ = None
    if table.columns[:2] == ("adult", "belongs_to_collection"):
        format_, check = "movies_metadata", _check_id_and_adult
    elif {"id", "adult", "backdrop_path", "keywords", "genres"} <= columns:
        format_, check = "TMDB, one text of genres per film", _check_id_and_adult
    elif {"id", "genres", "keywords", "vote_average"} <= columns:
        format_, check = "tmdb_5000", _check_id
    if format_ is None:
        return table
    check_columns = ("id", "adult") if check is _check_id_and_adult else ("id",)
    rows = [row.values for row in islice(table.read(check_columns), _FIRST_ROWS) if not row.problem]
    if sum(not check(values) for values in rows) < len(rows) / 2:
        return table  # of another source, with columns of the same names
    names = _GENRE_NAMES if "genres" in columns else {}
    return replace(
        table,
        format=format_,
        genre_names=names,
        check=check,
        check_columns=check_columns,
        ids="tmdb",
    )


def _is_record(values: Mapping[str, object]) -> bool:
    genres = values.get("genres")
    listed = isinstance(genres, list) and bool(genres)
    by_id = listed and all(isinstance(g, Mapping) and "id" in g for g in genres or ())  # type: ignore[attr-defined]
    return "genre_ids" in values or (by_id and ("poster_path" in values or "overview" in values))


def _open_api_records(table: Table) -> Table:
    mixed = {"release_date", "first_air_date"} <= {*table.columns}

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        for row in table.read(table.columns):
            yield row if row.problem else _from_record(row, mixed=mixed)

    # records of other programs may have genres like TMDB's, and other columns
    fixed = {field: keys[0] for field, keys in _KEYS.items() if {*keys} & {*table.columns}}
    return replace(
        table,
        format="TMDB API",
        columns=tuple(dict.fromkeys([*fixed.values(), *table.columns])),
        read=read,
        fixed_columns=fixed,
        genre_names=_GENRE_NAMES,
        ids="tmdb",
    )


def _from_record(row: Row, *, mixed: bool) -> Row:
    """Rename the keys of a series to those of a film, and ``genre_ids`` to ``genres``.

    Args:
        row: A record of TMDB.
        mixed: Whether the table has films and series. A film and a series may have the same id, so
            that of a series is then written as in its address: ``tv/1396``.
    """
    record = row.values
    if record.get("success") is False or "status_message" in record:
        return Row(row.number, {}, f"is an error: {record.get('status_message')}", row.source)
    if record.get("media_type") in ("person", "collection"):
        return Row(row.number, {}, f"is a {record['media_type']}, not a film", row.source)

    def first(keys: Sequence[str]) -> object:
        return next((record[key] for key in keys if record.get(key)), None)

    values = {**record, **{keys[0]: first(keys) for keys in _KEYS.values()}}
    aired = record.get("first_air_date") is not None and not record.get("release_date")
    if mixed and record.get("id") and (aired or record.get("media_type") == "tv"):
        values["id"] = f"tv/{record['id']}"
    return Row(row.number, values, source=row.source)


def _check_id(values: Mapping[str, object]) -> str:
    id_ = str(values.get("id", "")).strip()
    return (
        ""
        if not id_ or _NUMBER.fullmatch(id_)
        else f"its columns are shifted: its id is {id_[:40]!r}"
    )


def _check_id_and_adult(values: Mapping[str, object]) -> str:
    """Return why a row cannot be used if a line break has moved its values to wrong columns."""
    if values.get("adult") in ("False", "True") and str(values.get("id")).isdecimal():
        return ""
    adult = str(values.get("adult", "")).strip()
    if adult.casefold() not in ("true", "false", "0", "1", ""):
        return f"its columns are shifted: adult is {adult[:40]!r}"
    return _check_id(values)

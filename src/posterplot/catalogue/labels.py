"""Join genres from another file to films, by id or by title and year.

MovieLens, IMDb's ``title.basics.tsv`` and personal exports, and any table with genres. Only what
the films of a catalogue need is kept in memory.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from posterplot.catalogue.cells import id_of, text_of, title_and_year, year_of
from posterplot.catalogue.columns import IMDB_IDS, Columns, match_columns, plain
from posterplot.catalogue.detect import open_table
from posterplot.catalogue.genres import genres_of
from posterplot.catalogue.movielens import open_movielens
from posterplot.catalogue.rows import Labels, flagged_genres
from posterplot.catalogue.table import Table
from posterplot.errors import CatalogueError, FilmError
from posterplot.normalisation import normalized

# ("imdb", 114709), ("tmdb", 862), ("id", "a1") or ("title", "toystory", 1995). A row of labels
# without an IMDb id has also _NO_ID in place of "title": only such a row can be, by its title, a
# film whose IMDb id is known.
_Key = tuple[str, int | str] | tuple[str, str, int]

_NO_ID = "title without id"
# IMDb's types of titles, without spaces and in lower case, that share the title of a film.
_NOT_FILMS = frozenset({"tvepisode", "podcastepisode", "videogame"})

_IMDB_ID = re.compile(r"tt([0-9]{1,18})")
_NUMBER = re.compile(r"[0-9]{1,18}")
# "American President, The": MovieLens moves the article to the end.
_ARTICLE = re.compile(r"(.*), (The|A|An|Les?|La|Der|Die|Das|El|Los|Il)")


class Joined(NamedTuple):
    """Labels for one catalogue, and the number of its films that they cover."""

    labels: Labels
    films: int
    rows: int


def join_labels(path: Path, table: Table, columns: Columns, encoding: str | None = None) -> Joined:
    """Read the genres of a catalogue's films from another file.

    Args:
        path: Path of the file of labels.
        table: Table of the catalogue.
        columns: Columns that are read of the catalogue.
        encoding: Encoding of the labels; None detects it.

    Raises:
        CatalogueError: The file cannot be read, or has no genres or nothing to join by.
    """
    films = list(_films(table, columns))
    wanted = {key for keys in films for key in keys}
    found: dict[_Key, tuple[str, ...]] = {}
    ambiguous: set[_Key] = set()
    rows = 0
    for keys, genres in _labelled(path, encoding):
        rows += 1
        for key in keys:
            if key not in wanted or not genres:
                continue
            if key[0] in ("title", _NO_ID) and {*found.get(key, genres)} != {*genres}:
                ambiguous.add(key)  # two films have this title and year
            found.setdefault(key, genres)
    for key in ambiguous:
        del found[key]
    scheme = _id_scheme(table, columns)

    def labels(ids: tuple[str, ...], title: str, year: int | None) -> tuple[str, ...]:
        keys = _film_keys(scheme, ids, title, year)
        return next((found[key] for key in keys if key in found), ())

    return Joined(labels, sum(any(key in found for key in keys) for keys in films), rows)


def _films(table: Table, columns: Columns) -> Iterator[list[_Key]]:
    """Yield the keys of a catalogue's films."""
    used = {n: c for n, c in columns.used.items() if n in ("id", "imdb_id", "title", "year")}
    scheme = _id_scheme(table, columns)
    for row in table.read(tuple(dict.fromkeys([*used.values(), *table.check_columns]))):
        if row.problem:
            continue
        try:
            texts = {n: _text(row.values.get(used[n]), n) for n in used if n != "year"}
        except FilmError:
            continue
        title = texts.get("title", "")
        year = year_of(row.values.get(used["year"])) if "year" in used else None
        if "year" not in used:
            title, year = title_and_year(title)
        yield _film_keys(scheme, (texts.get("id", ""), texts.get("imdb_id", "")), title, year)


def _labelled(path: Path, encoding: str | None) -> Iterator[tuple[list[_Key], tuple[str, ...]]]:
    """Yield the key and the genres of each readable row of a file of labels."""
    table = open_movielens(path, encoding) or open_table(path, encoding)
    columns = match_columns(
        table.columns, path, fixed=table.fixed_columns, flags=table.flags, films=False
    )
    used = columns.used
    if "genres" not in used and not columns.flags:
        letterboxd = any(plain(column) == "letterboxduri" for column in table.columns)
        raise CatalogueError(
            "has no column of genres" + (": Letterboxd exports none" if letterboxd else ""),
            where=path,
            hint="give a file that has, such as IMDb's title.basics.tsv.gz or MovieLens",
        )
    if not {"id", "title"} & used.keys():
        raise CatalogueError(
            "has neither ids nor titles to join by", where=path, hint="add a column imdb_id"
        )
    scheme = _id_scheme(table, columns)
    names = table.genre_names.get(used.get("genres", ""), {})
    tmdb = next((c for c in table.columns if plain(c) == "tmdbid"), "")
    type_ = next((c for c in table.columns if plain(c) == "titletype"), "")
    more = [column for column in (tmdb, type_) if column]
    for row in table.read(tuple(dict.fromkeys([*columns.wanted, *more]))):
        if row.problem:
            continue
        try:
            yield (
                _keys_of_row(row.values, used, scheme, tmdb, type_),
                flagged_genres(row.values, columns.flags)
                if columns.flags
                else genres_of(row.values.get(used["genres"]), names),
            )
        except FilmError:
            continue


def _keys_of_row(
    values: Mapping[str, object], used: Mapping[str, str], scheme: str, tmdb: str, type_: str
) -> list[_Key]:
    texts = {n: _text(values.get(used[n]), n) for n in ("id", "imdb_id", "title") if n in used}
    title, year = title_and_year(texts.get("title", ""))
    if "year" in used:
        year = year_of(values.get(used["year"])) or year
    ids = (texts.get("id", ""), texts.get("imdb_id", ""))
    keys = _id_keys(scheme, ids)
    if type_ and plain(text_of(values.get(type_), "title type")) in _NOT_FILMS:
        title = ""
    titles = _title_keys(title, year, *(["title"] if _has_imdb(keys) else ["title", _NO_ID]))
    number = id_of(values.get(tmdb)) if tmdb else ""
    tmdb_keys: list[_Key] = [("tmdb", int(number))] if _NUMBER.fullmatch(number) else []
    return [*keys, *titles, *tmdb_keys]


def _text(value: object, name: str) -> str:
    return text_of(value, name) if name == "title" else id_of(value, name)


def _id_scheme(table: Table, columns: Columns) -> str:
    """Return the scheme of the ids, ``imdb`` or ``tmdb``; "" if it is unknown."""
    column = plain(columns.used.get("id", ""))
    if column in IMDB_IDS:
        return "imdb"
    return "tmdb" if column == "tmdbid" else table.ids


def _film_keys(scheme: str, ids: tuple[str, ...], title: str, year: int | None) -> list[_Key]:
    """Return the keys by which a film may be found, the most reliable first."""
    keys = _id_keys(scheme, ids)
    return [*keys, *_title_keys(title, year, _NO_ID if _has_imdb(keys) else "title")]


def _has_imdb(keys: list[_Key]) -> bool:
    return any(key[0] == "imdb" for key in keys)


def _title_keys(title: str, year: int | None, *kinds: str) -> list[_Key]:
    plain_title = _plain_title(title)
    return [(kind, plain_title, year) for kind in kinds] if plain_title and year else []


def _id_keys(scheme: str, ids: tuple[str, ...]) -> list[_Key]:
    own, imdb = ids
    matches = (_IMDB_ID.fullmatch(text) for text in ids)
    keys: list[_Key] = [("imdb", int(match[1])) for match in matches if match]
    if _NUMBER.fullmatch(imdb):
        keys.append(("imdb", int(imdb)))
    if scheme and _NUMBER.fullmatch(own):
        keys.append((scheme, int(own)))
    elif own and not scheme:
        keys.append(("id", own))
    return keys


def _plain_title(title: str) -> str:
    """Return a title as it is compared: without case, accents, punctuation; its article first."""
    title = title.partition(" (")[0].strip()  # other titles follow in brackets
    if match := _ARTICLE.fullmatch(title):
        title = f"{match[2]} {match[1]}"
    letters = normalized("NFKD", title).casefold()
    return re.sub(r"[\W_]+", "", "".join(c for c in letters if not unicodedata.combining(c)))

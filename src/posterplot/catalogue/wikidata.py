"""Wikidata's query results, as JSON, CSV or TSV: a row for each film and genre; labels to join."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.vocabularies import to_imdb

_ENTITY = re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/(Q[0-9]+)")
_IMDB_ID = re.compile(r"tt[0-9]{5,}")
_FILM_NAMES = ("film", "item", "movie")  # of variables, by habit
_COLUMNS = ("id", "imdb_id", "title", "year", "genres")
_FIRST_ROWS = 50
_SHOWN = 8  # genres without a name at IMDb
# Words by which Wikidata says that something is a film, which every genre here is of.
_FILM_WORD = re.compile(r"\b(?:film|movie|cinema)s?\b")


def recognise_wikidata(table: Table) -> Table:
    """Return the table grouped by film, if it is a query's result; else as it is.

    Genres get IMDb's names. A compound such as "comedy horror" has both of its genres. Genres that
    IMDb does not know, such as "superhero film", are left out and listed in the table's notes.
    """
    first = [_plain(row.values) for row in islice(table.read(table.columns), _FIRST_ROWS)]
    film = _column_of_films(table.columns, first)
    genre = _column_of_genres(table.columns, film)
    if not film or not genre:
        return table
    columns = [column for column in table.columns if column not in (film, genre)]
    films: dict[str, dict[str, object]] = {}
    unknown: Counter[str] = Counter()
    for row in table.read(table.columns):
        values = _plain(row.values)
        match = _ENTITY.match(values.get(film, ""))
        if not match:
            continue
        found = films.setdefault(match[1], _film(match[1], film, columns, values))
        names = imdb_genres(label := values.get(genre, ""))
        unknown.update([label] if label and not names else [])
        genres = found["genres"]
        assert isinstance(genres, list)  # noqa: S101  # as _film makes it
        genres += [name for name in names if name not in genres]
    listed = ", ".join(f"{name} {count:,}" for name, count in unknown.most_common(_SHOWN))

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        for number, values in enumerate(films.values(), start=1):
            yield Row(number, values, source=f"{table.path.name} {values['id']}")

    return replace(
        table,
        format="Wikidata query result",
        columns=_COLUMNS,
        read=read,
        count=lambda: len(films),
        notes=(*table.notes, *([f"genres without a name at IMDb: {listed}"] if listed else [])),
        given={name: name for name in _COLUMNS},
        flags={},
    )


def imdb_genres(label: str) -> tuple[str, ...]:
    """Return IMDb's names of a genre of Wikidata; none if it has no such genre.

    >>> imdb_genres("science fiction film"), imdb_genres("comedy horror")
    (('Sci-Fi',), ('Comedy', 'Horror'))
    >>> imdb_genres("film noir"), imdb_genres("superhero film")
    (('Film-Noir',), ())
    """
    label = label.casefold().strip()
    bare = " ".join(_FILM_WORD.sub(" ", label).split())
    for name in (label, bare):
        if known := to_imdb(name):
            return known
    return tuple(dict.fromkeys(_genres_of_words(re.split(r"[\s/-]+", bare)) or ()))


def _genres_of_words(words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the genres that words name one after the other; None if some word is of none."""
    if not words:
        return ()
    for end in range(len(words), 0, -1):
        known = to_imdb(" ".join(words[:end]))
        rest = _genres_of_words(words[end:]) if known else None
        if known and rest is not None:
            return known + rest
    return None


def _plain(values: Mapping[str, object]) -> dict[str, str]:
    """Return the text of each cell; in JSON it is the ``value`` of an object."""
    plain = {}
    for column, cell in values.items():
        value = cell.get("value") if isinstance(cell, Mapping) else cell
        plain[column] = value.strip() if isinstance(value, str) else ""
    return plain


def _column_of_films(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the column in which every row has an entity; "" if there is none."""
    found = [c for c in columns if rows and all(_ENTITY.match(row.get(c, "")) for row in rows)]
    return next((c for c in found if c.casefold() in _FILM_NAMES), found[0] if found else "")


def _column_of_genres(columns: Sequence[str], film: str) -> str:
    named = [c for c in columns if "genre" in c.casefold() and c != film]
    return next((c for c in named if c.casefold().endswith("label")), named[0] if named else "")


def _film(
    id_: str, film: str, columns: Sequence[str], values: Mapping[str, str]
) -> dict[str, object]:
    title = next((c for c in columns if c in (f"{film}Label", "title", "label")), "")
    year = next((c for c in columns if re.search("date|year|publi|release", c.casefold())), "")
    imdb = next((v for v in values.values() if _IMDB_ID.fullmatch(v)), "")
    return {
        "id": id_,
        "imdb_id": imdb,
        "title": values.get(title, ""),
        "year": values.get(year, ""),
        "genres": [],
    }

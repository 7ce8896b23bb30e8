"""Read results of Wikidata queries (JSON, CSV or TSV) with one row per film and genre.

They can be used as catalogues and as files of labels.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from posterplot.catalogue.columns import match_columns
from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.vocabularies import to_imdb

_ENTITY = re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/(Q[0-9]+)")
_IMDB_ID = re.compile(r"tt[0-9]{5,}")
_FILM_VARIABLES = ("film", "item", "movie")  # usual names in queries
_COLUMNS = ("id", "imdb_id", "title", "year", "genres")
_FIRST_ROWS = 50
_MAX_LABEL_CHARS = 200  # of a compound; Wikidata's have fewer
_MAX_GENRE_WORDS = 4  # "sci fi & fantasy"
_MAX_LISTED = 8  # unknown genres listed in the note
_JOINED = re.compile("[,;|]")  # genres that GROUP_CONCAT has joined
# Words to strip from the labels of genres: "comedy film" is Comedy.
_FILM_WORD = re.compile(r"\b(?:film|movie|cinema)s?\b")


def group_wikidata_rows(table: Table) -> Table:
    """Group the result of a Wikidata query by film; return any other table unchanged.

    Genres get IMDb's names. A compound such as "comedy horror" becomes two genres. Genres that
    IMDb does not know, such as "superhero film", are left out and listed in the table's notes.
    All films are held in memory; rows without an entity are ignored.
    """
    first = [_cell_texts(row.values) for row in islice(table.read(table.columns), _FIRST_ROWS)]
    film = _column_of_films(table.columns, first)
    genre = _column_of_genres(table.columns, film)
    if not film or not genre:
        return table
    if film not in _FILM_VARIABLES:  # a catalogue may have a column of Wikidata's addresses
        used = match_columns(table.columns, table.path, films=False).used
        if {"overview", "poster"} & used.keys():
            return table
    columns = [column for column in table.columns if column not in (film, genre)]
    films: dict[str, dict[str, object]] = {}
    genres: defaultdict[str, dict[str, None]] = defaultdict(dict)  # used as ordered sets
    unknown: Counter[str] = Counter()
    for row in table.read(table.columns):
        values = _cell_texts(row.values)
        match = _ENTITY.match(values.get(film, ""))
        if not match:
            continue
        films.setdefault(match[1], _film_values(match[1], film, columns, values))
        label = values.get(genre, "")
        names = [name for part in _JOINED.split(label) for name in imdb_genres(part.strip())]
        if label and not names:
            unknown[label] += 1
        genres[match[1]] |= dict.fromkeys(names)
    for id_, of_film in genres.items():
        films[id_]["genres"] = list(of_film)
    listed = ", ".join(f"{name} {count:,}" for name, count in unknown.most_common(_MAX_LISTED))

    def read(_: Sequence[str]) -> Iterator[Row]:  # all five columns are small
        for number, values in enumerate(films.values(), start=1):
            yield Row(number, values, source=f"{table.path.name} {values['id']}")

    return replace(
        table,
        format="Wikidata query result",
        columns=_COLUMNS,
        read=read,
        count=lambda: len(films),
        notes=(*table.notes, *([f"genres without a name at IMDb: {listed}"] if listed else [])),
        fixed_columns={name: name for name in _COLUMNS},
        flags={},
    )


def imdb_genres(label: str) -> tuple[str, ...]:
    """Translate the label of a genre to genres of IMDb; empty if IMDb has no such genre.

    >>> imdb_genres("science fiction film"), imdb_genres("comedy horror")
    (('Sci-Fi',), ('Comedy', 'Horror'))
    >>> imdb_genres("film noir"), imdb_genres("superhero film")
    (('Film-Noir',), ())
    """
    label = label.casefold().strip()
    label_without_film = " ".join(_FILM_WORD.sub(" ", label).split())
    for name in (label, label_without_film):
        if known := to_imdb(name):
            return known
    if len(label_without_film) > _MAX_LABEL_CHARS:
        return ()
    return tuple(dict.fromkeys(_genres_of_words(re.split(r"[\s/-]+", label_without_film)) or ()))


def _genres_of_words(words: Sequence[str]) -> tuple[str, ...] | None:
    """Split words into consecutive genre names; None if a word belongs to no genre."""
    if not words:
        return ()
    for end in range(min(len(words), _MAX_GENRE_WORDS), 0, -1):
        known = to_imdb(" ".join(words[:end]))
        rest = _genres_of_words(words[end:]) if known else None
        if known and rest is not None:
            return known + rest
    return None


def _cell_texts(values: Mapping[str, object]) -> dict[str, str]:
    """Return the text of each cell; in JSON it is the ``value`` of an object."""
    texts = {}
    for column, cell in values.items():
        value = cell.get("value") if isinstance(cell, Mapping) else cell
        texts[column] = value.strip() if isinstance(value, str) else ""
    return texts


def _column_of_films(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the first column that holds only entities, preferring the usual names; or ""."""
    found = [c for c in columns if rows and all(_ENTITY.match(row.get(c, "")) for row in rows)]
    return next((c for c in found if c.casefold() in _FILM_VARIABLES), found[0] if found else "")


def _column_of_genres(columns: Sequence[str], film: str) -> str:
    """Return the column of genres, preferring one with labels; "" if there is none."""
    named = [c for c in columns if "genre" in c.casefold() and c != film]
    return next((c for c in named if c.casefold().endswith("label")), named[0] if named else "")


def _film_values(
    id_: str, film: str, columns: Sequence[str], values: Mapping[str, str]
) -> dict[str, object]:
    """Return the title, year and IMDb id of a film, from columns that look like them."""
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

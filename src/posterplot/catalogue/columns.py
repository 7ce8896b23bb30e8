"""Match the columns of a table to fields by the names that they usually have."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from posterplot.catalogue.vocabularies import to_imdb
from posterplot.errors import CatalogueError, UsageError

FIELDS = ("id", "title", "year", "overview", "genres", "poster", "split", "label_source")

# Field -> usual names of its column, the most reliable first; case, spaces and punctuation are
# ignored.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("id", "imdbid", "tconst", "const", "imdbtitleid", "tmdbid", "movieid", "filmid"),
        *("showid", "titleid"),
    ),
    "title": (
        *("title", "movietitle", "filmtitle", "seriestitle", "primarytitle", "moviename"),
        *("filmname", "name", "originaltitle", "originalname"),
    ),
    "year": (
        *("year", "releaseyear", "releasedyear", "startyear", "yearofrelease", "titleyear"),
        *("releasedate", "firstairdate", "datepublished", "released", "premiered"),
        "productionyear",
    ),
    "overview": (
        *("overview", "plot", "plotsummary", "synopsis", "storyline", "summary", "description"),
        *("plotoutline", "plottext", "text"),
    ),
    "genres": ("genres", "genre", "genrenames", "listedin", "genreids", "labels", "label"),
    "poster": (
        *("poster", "posterpath", "posterfile", "image", "filename", "imagepath", "imagefile"),
        *("img", "posterurl", "posterlink", "imageurl", "coverurl", "cover"),
    ),
    "split": ("split", "subset", "partition"),
    "label_source": ("labelsource", "genresource", "source"),
}
# A second id, also used to find posters and labels.
IMDB_IDS = ("imdbid", "tconst", "const", "imdbtitleid")
# A list that a user of IMDb has exported; its descriptions are the user's notes on the films.
_LIST_OF_IMDB = frozenset({"position", "const", "created", "modified", "description"})
_MIN_FLAGS = 5  # fewer columns of 0 and 1 may not be genres


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that are read.

    Args:
        used: Field -> name of its column in the table. ``imdb_id`` is a further field, for tables
            that have both IMDb ids and other ids.
        flags: Column -> genre, for tables with a column of 0 and 1 per genre.
        unused: The other columns.
    """

    used: Mapping[str, str]
    flags: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns to read, without duplicates."""
        return tuple(dict.fromkeys([*self.used.values(), *self.flags]))


def plain(name: str) -> str:
    """Return a column's name as it is compared: ``Release_Date`` equals ``release date``."""
    return re.sub(r"[\W_]+", "", name.casefold())


def known_columns(columns: Sequence[str]) -> int:
    """Count the columns with known names."""
    names = {name for group in _NAMES.values() for name in group}
    return sum(plain(column) in names for column in columns)


def match_columns(
    columns: Sequence[str],
    path: Path,
    *,
    chosen: Mapping[str, str] | None = None,
    fixed: Mapping[str, str] | None = None,
    flags: Mapping[str, str] | None = None,
    films: bool = True,
) -> Columns:
    """Find the column of each field.

    Args:
        columns: Names of the columns, as they are in the table.
        path: Path of the table, for messages.
        chosen: Field -> column, from the user. Case, spaces and punctuation are ignored.
        fixed: Field -> column, if the format of the table defines it.
        flags: Column -> genre, if the table has one column per genre.
        films: Whether the table must hold films. If not, it has labels for films of another.

    Raises:
        UsageError: ``chosen`` names a field or a column that does not exist.
        CatalogueError: No column has posters or overviews, or a name to read occurs twice.
    """
    used = dict(fixed or {})
    if "genres" in (chosen or {}):
        flags = {}
    for name, column in (chosen or {}).items():
        used[name] = _chosen(name, column, columns, path)
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(plain(column), column)
    taken = set(used.values())
    if by_name.keys() >= _LIST_OF_IMDB:
        taken.add(by_name["description"])
    for name in FIELDS:
        if name in used:
            continue
        found = [by_name[n] for n in _NAMES[name] if n in by_name and by_name[n] not in taken]
        if found:
            used[name] = found[0]
            taken.add(found[0])
    imdb = next((by_name[n] for n in IMDB_IDS if n in by_name), None)
    if imdb is not None and used.get("id") != imdb:
        used["imdb_id"] = imdb
    # some tables have an empty column without a name
    unused = tuple(c for c in columns if c and c not in used.values() and c not in (flags or {}))
    if films:
        check_films(used, columns, path)
    return Columns(used, dict(flags or {}), tuple(dict.fromkeys(unused)))


def genre_flags(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Find the columns of 0 and 1 that say whether a film has a genre.

    Empty cells say nothing: spreadsheets may leave out the 0. Other columns of 0 and 1, such as
    ``watched``, are no genres, so a column is one only if a vocabulary knows its name, if it is
    called ``genre_NAME``, or if it is between two such columns.

    Args:
        columns: Columns of the table.
        rows: First rows of the table.

    Returns:
        Column -> genre; empty if there are so few that they may be something else. A column
        ``N/A`` or ``(no genres listed)`` marks films without known genres; its genre is "".
    """
    names = {name for group in _NAMES.values() for name in group}
    found, filled = {}, []
    for column in columns:
        values = {str(row.get(column, "")).strip().casefold() for row in rows} - _EMPTY
        if plain(column) in names or not values <= _FLAGS:
            continue
        found[column] = "" if column.strip() in _NO_GENRE else _flag_name(column)
        if values:
            filled.append(column)
    certain = [column for column in found if _is_genre(column)]
    if not certain:
        return {}
    in_order = list(found)
    between = in_order[in_order.index(certain[0]) : in_order.index(certain[-1])]
    kept = {*certain, *(c for c in filled if c in between or c.strip() in _NO_GENRE)}
    found = {column: genre for column, genre in found.items() if column in kept}
    genres = [found[column].casefold() for column in filled if column in found]
    known = {"drama", "comedy", "action", "horror", "romance"}
    if len(genres) < _MIN_FLAGS or len(known.intersection(genres)) < 2:
        return {}
    return found


_FLAGS = frozenset({"0", "1", "0.0", "1.0", "true", "false"})
_EMPTY = frozenset({"", "nan", "none"})
_NO_GENRE = frozenset({"N/A", "(no genres listed)", "unknown"})
_GENRE_PREFIX = re.compile(r"^genres?[ _:-]+", re.IGNORECASE)


def _is_genre(column: str) -> bool:
    """Return whether a column of 0 and 1 with this name is certainly a genre."""
    if _GENRE_PREFIX.match(column.strip()):
        return True
    name = _flag_name(column)
    # TMDB's tables have a column `adult` that is no genre
    return to_imdb(name) is not None and plain(name) != "adult"


def _flag_name(column: str) -> str:
    """Return the genre of a column: ``genre_Drama`` and ``Drama`` are both Drama."""
    return re.sub(r"^(genres?|is)[ _:-]+", "", column.strip(), flags=re.IGNORECASE)


def _chosen(name: str, column: str, columns: Sequence[str], path: Path) -> str:
    if name not in FIELDS:
        raise UsageError(
            f"there is no field {name!r}",
            argument="columns",
            hint=f"use one of {', '.join(FIELDS)}",
        )
    if column in columns:
        return column
    matching = [c for c in columns if plain(c) == plain(column)]
    if matching:
        return matching[0]
    near = get_close_matches(column, columns, n=3, cutoff=0.5)
    raise UsageError(
        f"{path.name} has no column {column!r}",
        argument="columns",
        hint=f"the nearest: {', '.join(near)}" if near else f"it has {_listed(columns)}",
    )


def check_films(
    used: Mapping[str, str], columns: Sequence[str], path: Path, *, posters: bool = False
) -> None:
    """Check that a table can hold films.

    Args:
        used: Field -> column.
        columns: Names of all columns.
        path: Path of the table, for messages.
        posters: Whether there are files of posters with the ids of films as their names.

    Raises:
        CatalogueError: There are neither posters nor overviews, or a name to read occurs twice.
    """
    if not posters and not {"poster", "overview"} & used.keys():
        raise CatalogueError(
            f"no column holds posters or overviews; the columns found are: {_listed(columns)}",
            where=path,
            hint='name it: `columns={"overview": COLUMN}` or `columns={"poster": COLUMN}`; '
            "or name the posters by the films' ids: posters/ID.jpg",
        )
    for name, column in used.items():
        if Counter(columns)[column] > 1 and name != "label_source":  # no film needs it
            raise CatalogueError(
                f"two columns are named {column!r}",
                where=path,
                hint=f'rename one, or choose another: `columns={{"{name}": COLUMN}}`',
            )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(c for c in columns[:30] if c) or "none"
    return f"{shown}, … ({len(columns)} in all)" if len(columns) > 30 else shown

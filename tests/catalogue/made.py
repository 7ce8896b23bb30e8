"""Tables of one row, for what holds whatever the format."""

from pathlib import Path

from posterplot.catalogue import Catalogue, open_catalogue
from posterplot.catalogue.columns import match_columns
from posterplot.catalogue.table import Row, Table
from posterplot.films import Film, Rejected


def catalogue_of(*rows: dict, path: Path = Path("in/films.csv"), **parts) -> Catalogue:
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    numbered = [Row(number, row) for number, row in enumerate(rows, 2)]
    table = Table(
        path,
        path.parent,
        "made",
        columns,
        lambda wanted: iter(numbered),
        lambda: len(rows),
        **parts,
    )
    matched = match_columns(columns, path, fixed=table.fixed_columns, flags=table.flags)
    return Catalogue(table, matched)


def read(*rows: dict, splits: bool = True, **parts) -> list[Film | Rejected]:
    return list(catalogue_of(*rows, **parts).films(splits=splits))


def one(splits: bool = True, parts: dict | None = None, **values: object) -> Film | Rejected:
    """Return the film of a row, or why it is none."""
    (film,) = read({"id": "a", "overview": "O f", **values}, splits=splits, **(parts or {}))
    return film


def genres_joined(films: Path, labels: Path) -> dict[str, tuple[str, ...]]:
    """Return the genres of a catalogue's films by their ids, taken from another file."""
    return {film.id: film.genres for film in open_catalogue(films, labels=labels).films()}

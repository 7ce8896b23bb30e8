"""Ids of films: those of IMDb, those of a catalogue, and those made from numbers of rows."""

import re

_ROW = re.compile(r"row-\d+", re.ASCII)
_IMDB = re.compile(r"tt\d+", re.ASCII)


def row_id(number: int) -> str:
    """Return the id of a film whose catalogue gives none, from the number of its row."""
    return f"row-{number}"


def is_row_id(id_: str) -> bool:
    """Return whether an id is from :func:`row_id`: it says nothing about other catalogues."""
    return _ROW.fullmatch(id_) is not None


def is_imdb_id(id_: str) -> bool:
    """Return whether an id is IMDb's: it stands for the same film everywhere."""
    return _IMDB.fullmatch(id_) is not None


def same_film(id_: str, title: str, other_title: str) -> bool:
    """Return whether two films that share an id can be the same, judged by their titles.

    The titles of an id of IMDb may differ. Those of a number of a row must be known and equal, and
    those of any other id must be equal where both are known.

    >>> same_film("tt0113277", "Heat", "Ein Mann"), same_film("row-2", "Heat", "Salt")
    (True, False)
    """
    if is_imdb_id(id_):
        return True
    if is_row_id(id_):
        return bool(title) and title == other_title
    return title == other_title or not title or not other_title

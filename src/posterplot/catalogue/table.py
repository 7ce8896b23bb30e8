"""The table that every format is read into; its cells are not interpreted yet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One row of a table, whose cells are not interpreted yet.

    Args:
        number: Number of the row as other programs count: a spreadsheet's row (its header is row
            1), a text file's line, a data frame's row from 1.
        values: Column -> value; empty where ``problem`` is set.
        problem: Why the row cannot be read at all; empty if it can.
        source: Source of the row, if ``number`` does not identify it: the file of one film.
    """

    number: int
    values: Mapping[str, object]
    problem: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An opened catalogue of any format. Its format is known; its rows are not read yet.

    Args:
        path: Path of the file or folder, for messages.
        folder: Folder that the paths of posters start from.
        format: Name of the format, for users.
        columns: Names of the columns, in order; one name may occur twice.
        read: Yields the rows; it may leave out all columns but those named.
        count: Counts the rows without interpreting them.
        notes: Notes on how the table was read, such as its encoding and its delimiter.
        fixed_columns: Field -> column, where the format says so.
        flags: Column -> genre, where each genre has a column of 0 and 1.
        genre_names: Column -> number -> genre, where genres are numbers.
        check: Returns why a row is not a film, or ""; it reads the columns of ``check_columns``.
        check_columns: Read beside those of the fields.
        ids: Scheme of the ids: ``imdb``, ``tmdb`` or, if it is not known, "".
        benchmark: Whether results are compared across papers, so that no film may be left out or
            moved between splits: not for want of genres, and not as the duplicate of another.
        address: Address of the folder if it is in cloud storage; posters are then fetched from
            there.
    """

    path: Path
    folder: Path
    format: str
    columns: tuple[str, ...]
    read: Callable[[Sequence[str]], Iterator[Row]]
    count: Callable[[], int]
    notes: tuple[str, ...] = ()
    fixed_columns: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    genre_names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    check: Callable[[Mapping[str, object]], str] | None = None
    check_columns: tuple[str, ...] = ()
    ids: str = ""
    benchmark: bool = False
    address: str = ""

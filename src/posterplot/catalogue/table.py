"""What every format becomes: a table of rows that are not yet understood."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One row of a table, not yet understood.

    Args:
        number: as the user's own tool counts: a spreadsheet's row (its header is row 1), a text
            file's line, a data frame's row from 1.
        values: column -> value; empty where ``fault`` is set.
        fault: why the row cannot be read at all; empty if it can.
        source: where the row is, if ``number`` does not say it: the file of one film.
    """

    number: int
    values: Mapping[str, object]
    fault: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A catalogue of any format, opened: its format is known, its rows are still to be read.

    Args:
        path: of the file or folder, for messages.
        folder: that the paths of posters start from.
        format: its name, as it is shown.
        columns: as the table has them, in its order; one name may occur twice.
        read: yields the rows; it may leave out all columns but those named.
        count: counts the rows without interpreting them.
        notes: how the table was read where there was a choice: its encoding, its delimiter.
        given: field -> column, where the format says so.
        flags: column -> genre, where each genre has a column of 0 and 1.
        genre_names: column -> number -> genre, where genres are numbers.
        check: says why a row is no film, or ""; it reads the columns of ``check_columns``.
        check_columns: read beside those of the fields.
        ids: whose ids the films have: ``imdb``, ``tmdb`` or, if it is not known, "".
        benchmark: whether results are compared across papers, so that no film may be left out or
            moved between splits: not for want of genres, and not as the duplicate of another.
        address: of the folder, if it is in cloud storage; posters are then fetched from there.
    """

    path: Path
    folder: Path
    format: str
    columns: tuple[str, ...]
    read: Callable[[Sequence[str]], Iterator[Row]]
    count: Callable[[], int]
    notes: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    genre_names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    check: Callable[[Mapping[str, object]], str] | None = None
    check_columns: tuple[str, ...] = ()
    ids: str = ""
    benchmark: bool = False
    address: str = ""

"""Open a catalogue, and read its films."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from posterplot.catalogue.access import OWN_FOLDER, Access
from posterplot.catalogue.cells import id_of, is_split
from posterplot.catalogue.columns import Columns, check_films, match_columns
from posterplot.catalogue.detect import OpenLibrary, open_table
from posterplot.catalogue.hub import download, is_hub_name
from posterplot.catalogue.labels import join_labels
from posterplot.catalogue.posters import Posters
from posterplot.catalogue.remote import RemoteAddresses, RemotePosters, check_installed
from posterplot.catalogue.remote_table import is_cloud_address, open_remote_table
from posterplot.catalogue.rows import Labels, films_of
from posterplot.catalogue.table import Table
from posterplot.errors import CatalogueError, FilmError
from posterplot.extras import needs_extra
from posterplot.films import Film, Rejected
from posterplot.wording import count

_ROWS_WITH_POSTERS = 10_000  # of which one has a poster, in a table without overviews
_FIRST_ROWS = 100  # inspected to tell a column of splits from another of this name


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An opened catalogue. Its format and columns are known; its films are not read yet.

    Args:
        table: Table of its rows.
        columns: Columns that are read.
        labels: Labels of the films, if the genres are in another file.
        access: Files and addresses that may be read besides the catalogue's folder.
        unread_posters: Location of posters that the last reading did not include -> number.
    """

    table: Table
    columns: Columns
    labels: Labels | None = None
    access: Access = OWN_FOLDER
    unread_posters: Counter[str] = field(default_factory=Counter, compare=False)

    def films(self, *, splits: bool = True, fetch: bool = True) -> Iterator[Film | Rejected]:
        """Read the films, as :func:`read_catalogue`.

        Args:
            splits: See :func:`read_catalogue`.
            fetch: Whether remote posters are fetched, if they may be.
        """
        self.unread_posters.clear()
        access, remote = self.access, None
        if access.remote:
            remote = RemotePosters(private=access.private, fetch=fetch)
        films = films_of(
            self.table,
            self.columns,
            splits=splits,
            labels=self.labels,
            access=access,
            remote=remote,
            unread_posters=self.unread_posters,
        )
        return films if remote is None else remote.fetched(films)

    def addressed_films(self) -> Iterator[Film | Rejected]:
        """Read the films without their splits. Remote posters are addresses and are not fetched.

        Other processes fetch them: :func:`posterplot.catalogue.remote.address_of`.
        """
        self.unread_posters.clear()
        return films_of(
            self.table,
            self.columns,
            splits=False,
            labels=self.labels,
            access=self.access,
            remote=RemoteAddresses() if self.access.remote else None,
            unread_posters=self.unread_posters,
        )

    def count(self) -> int:
        """Count the rows, for progress bars. This is fast, because no cell is interpreted."""
        return self.table.count()


def open_catalogue(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    labels: Path | None = None,
    access: Access = OWN_FOLDER,
    library: OpenLibrary = lambda _: None,
) -> Catalogue:
    """Detect a catalogue's format and columns.

    Args:
        path: A file or folder; a table may be in cloud storage, if ``access`` allows it.
        columns: Field -> column, for columns with unusual names.
        encoding: Encoding of its text; None detects it.
        labels: A file that has the genres, joined by id or by title and year; those of the
            catalogue itself are then not read.
        access: Files and addresses that may be read besides the catalogue's folder.
        library: Opens media libraries: :func:`posterplot.library.as_catalogue.open_library`.

    Raises:
        CatalogueError: The catalogue is missing, of no known format, empty, wrongly encoded, or has
            neither a column of posters nor one of overviews.
        UsageError: A name in ``columns``, or ``encoding``, does not exist.
        ModuleNotFoundError: A package that this format needs is not installed.
    """
    if is_hub_name(path):
        path = download(path, allowed=access.remote)
    if access.remote:
        with needs_extra("remote"):
            check_installed()
    if is_cloud_address(path):
        table = open_remote_table(path, encoding, allowed=access.remote)
    else:
        table = open_table(path, encoding, library)
    if not table.columns and not table.count():
        raise CatalogueError("holds no films", where=path, hint="add rows to the table")
    matched = match_columns(
        table.columns,
        table.path,
        chosen=columns,
        fixed=table.fixed_columns,
        flags=table.flags,
        films=False,
    )
    posters = _has_posters_by_id(table, matched, access)
    check_films(matched.used, table.columns, table.path, posters=posters)
    if posters:
        note = "no column has posters or overviews; posters are the files named by films' ids"
        table = replace(table, notes=(*table.notes, note))
    if "split" not in {**(columns or {}), **table.fixed_columns}:
        matched = _without_other_splits(table, matched)
    if labels is None:
        return Catalogue(table, matched, access=access)
    joined = join_labels(labels, table, matched)
    films, rows = count(joined.films, "film"), count(joined.rows, "row")
    note = f"the genres of {films} are from {labels.name}, which has {rows}"
    return Catalogue(replace(table, notes=(*table.notes, note)), matched, joined.labels, access)


def _has_posters_by_id(table: Table, columns: Columns, access: Access) -> bool:
    """Return whether a table without posters and overviews has posters named by ids beside it."""
    ids = [columns.used[name] for name in ("id", "imdb_id") if name in columns.used]
    if table.address or not ids or {"poster", "overview"} & columns.used.keys():
        return False
    posters = Posters(table.folder, named=False, access=access)
    for row in islice(table.read(ids), _ROWS_WITH_POSTERS):
        with suppress(FilmError):  # a cell that is no id; reading the film reports it
            if posters.find("", [id_of(row.values.get(column)) for column in ids]):
                return True
    return False


def _without_other_splits(table: Table, columns: Columns) -> Columns:
    """Leave out a column with a name of splits that holds other things, such as ``subset``."""
    column = columns.used.get("split")
    if column is None:
        return columns
    first = islice(table.read((column, *table.check_columns)), _FIRST_ROWS)
    texts = {str(row.values.get(column) or "").strip() for row in first if not row.problem} - {""}
    if not texts or any(map(is_split, texts)):
        return columns
    used = {name: own for name, own in columns.used.items() if name != "split"}
    return replace(columns, used=used, unused=(*columns.unused, column))


def read_catalogue(
    path: Path,
    *,
    splits: bool = True,
    columns: Mapping[str, str] | None = None,
    access: Access = OWN_FOLDER,
) -> Iterator[Film | Rejected]:
    """Read the films of a catalogue, row by row.

    Memory does not grow with the number of rows.

    Args:
        path: A file or folder.
        splits: Whether genres and ``split`` are read. Prediction does not need them, and must not
            stop at one that cannot be read.
        columns: Field -> column, for columns with unusual names.
        access: Files and addresses that may be read besides the catalogue's folder.

    Yields:
        A :class:`Film` for every usable row, after a :class:`Rejected` for each part of it that
        cannot be used; one :class:`Rejected` for every other row.

    Raises:
        CatalogueError: As :func:`open_catalogue`, or the catalogue asks for a split that does not
            exist.
    """
    return open_catalogue(path, columns=columns, access=access).films(splits=splits)


def count_films(path: Path) -> int:
    """Count the rows of a catalogue, for progress bars. This is fast: no cell is interpreted.

    Raises:
        CatalogueError: As :func:`open_catalogue`.
    """
    return open_table(path).count()

"""Convert the rows of any format to films."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from posterplot.catalogue.access import OWN_FOLDER, Access
from posterplot.catalogue.cells import MISSING, id_of, split_of, text_of, title_and_year, year_of
from posterplot.catalogue.columns import Columns, plain
from posterplot.catalogue.film_ids import row_id
from posterplot.catalogue.genres import clean_names, genres_of
from posterplot.catalogue.placeholders import says_nothing
from posterplot.catalogue.posters import PosterAddress, Posters, RemoteFolder, where_of
from posterplot.catalogue.remote import RemoteAddresses, RemotePosters
from posterplot.catalogue.seen_ids import SeenIds
from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.tmdb import TMDB_GENRES
from posterplot.errors import CatalogueError, FilmError, encodable
from posterplot.films import Film, Rejected

# Returns a film's genres from another file, given its ids, title and year.
Labels = Callable[[tuple[str, ...], str, int | None], tuple[str, ...]]

_MAX_CELLS = 20_000  # different genre cells that are remembered
_MAX_CELL_CHARS = 200  # longer ones are not remembered
_MAX_SOURCE_CHARS = 80
_TRUE = frozenset({"1", "1.0", "true"})


def films_of(
    table: Table,
    columns: Columns,
    *,
    splits: bool = True,
    labels: Labels | None = None,
    access: Access = OWN_FOLDER,
    remote: RemotePosters | RemoteAddresses | None = None,
    unread_posters: Counter[str] | None = None,
) -> Iterator[Film | Rejected]:
    """Convert rows to films. The first usable film with an id is kept; later ones are rejected.

    If only the poster or the overview of a film cannot be used, the rejected part is yielded first,
    and then the film with the other part.

    Args:
        table: An opened catalogue.
        columns: Columns that are read.
        splits: Whether splits and genres matter. If not, none is read that cannot be.
        labels: Source of the genres, if they are not in the table.
        access: Files and addresses that may be read besides the catalogue's folder.
        remote: Fetches posters; None if that is not allowed.
        unread_posters: Counts the posters that are not read, by where they are.

    Raises:
        CatalogueError: There are no rows or, if splits are read, a row has one that does not exist.
    """
    wanted = tuple(dict.fromkeys([*columns.wanted, *table.check_columns]))
    reader = _Reader(table, columns, wanted, splits, labels, access, remote, unread_posters)
    row = None
    with closing(reader):
        for row in table.read(wanted):
            item, rejected = reader.read(row)
            if rejected:
                yield from rejected
            yield item
    if row is None:
        raise CatalogueError("holds no films", where=table.path, hint="add rows to the table")


def flagged_genres(values: Mapping[str, object], flags: Mapping[str, str]) -> tuple[str, ...]:
    """Return the genres of a row of a table with one column of 0 and 1 per genre."""
    return clean_names(
        genre
        for column, genre in flags.items()
        if str(values.get(column)).strip().casefold() in _TRUE
    )


def _poster_in(value: Mapping[str, object]) -> object:
    """Return the bytes, the path or the address of a poster in an object.

    Raises:
        FilmError: It has none of them.
    """
    if not value or "bytes" in value or "path" in value:  # of a Hugging Face dataset
        return value.get("bytes") or value.get("path")
    names = ("url", "original", "large", "medium", "small", "src")  # the largest first
    if address := next((value[name] for name in names if value.get(name)), None):
        return address
    raise FilmError(f"poster is an object without bytes, path or url: {', '.join(value)[:80]}")


class _Reader:
    """Converts the rows of one table, and keeps the ids that it has seen."""

    def __init__(
        self,
        table: Table,
        columns: Columns,
        wanted: tuple[str, ...],
        splits: bool,
        labels: Labels | None,
        access: Access,
        remote: RemotePosters | RemoteAddresses | None,
        unread_posters: Counter[str] | None,
    ) -> None:
        self._table = table
        self._table_name = encodable(table.path.name)
        self._used = columns.used
        self._flags = columns.flags
        self._splits = splits
        self._labels = labels
        genres = columns.used.get("genres", "")
        self._genre_names = table.genre_names.get(genres, {})
        if not self._genre_names and plain(genres) == "genreids":
            self._genre_names = TMDB_GENRES
        self._posters: Posters | RemoteFolder
        if table.address:
            self._posters = RemoteFolder(table.address, access=access)
        else:
            self._posters = Posters(table.folder, named="poster" in columns.used, access=access)
        self._header = {column: column for column in wanted}
        self._seen = SeenIds()
        self._read_genres: dict[str, tuple[str, ...]] = {}
        self._remote = remote
        self._unread_posters = Counter[str]() if unread_posters is None else unread_posters

    def close(self) -> None:
        """Delete the database of ids."""
        self._seen.close()

    def read(self, row: Row) -> tuple[Film | Rejected, list[Rejected]]:
        """Return the film, or why the row is not one, and the parts of it that cannot be used."""
        values, number = row.values, row.number
        source = encodable(row.source) if row.source else f"{self._table_name} row {number}"
        id_ = title = ""
        try:
            if row.problem:
                raise FilmError(row.problem)
            if values == self._header:
                raise FilmError("is the header again, not a film")
            if self._table.check and (problem := self._table.check(values)):
                raise FilmError(problem)
            id_ = self._id(values, "id")
            imdb_id = self._id(values, "imdb_id")
            title = self._text(values, "title")
            id_ = id_ or imdb_id or row_id(number)
            if (first := self._seen.add(id_, number)) is not None:
                raise FilmError(f"duplicate id: {id_}, first seen in row {first}")
            try:
                return self._film(values, id_, imdb_id, title, source)
            except FilmError:
                self._seen.discard(id_)  # a later row may have what this one lacks
                raise
        except FilmError as error:
            # a row that cannot be read has no id, so it is named after its place
            name = id_ or encodable(row.source) or row_id(number)
            return Rejected(name, title, source, "film", error.what), []

    def _film(
        self, values: Mapping[str, object], id_: str, imdb_id: str, title: str, source: str
    ) -> tuple[Film, list[Rejected]]:
        used = self._used
        rejected: list[Rejected] = []
        if "year" in used:
            year = year_of(values.get(used["year"]))
        else:
            title, year = title_and_year(title)
        overview: str | None = None
        try:
            overview = self._overview(values)
        except FilmError as error:
            rejected.append(Rejected(id_, title, source, "overview", error.what))
        poster: Path | bytes | PosterAddress | None = None
        try:
            poster = self._poster(values, (id_, imdb_id))
        except FilmError as error:
            rejected.append(Rejected(id_, title, source, "poster", error.what))
        address = poster.address if isinstance(poster, PosterAddress) else ""
        if isinstance(poster, PosterAddress):
            poster = self._remote.path_of(address) if self._remote is not None else None
            if poster is None:
                self._unread_posters[where_of(address)] += 1
        if not overview and poster is None:
            reasons = [part.reason for part in rejected]
            if address:
                reasons.append(f"poster is not among the catalogue's files: {address}")
            raise FilmError("; ".join(reasons) or "has neither a poster nor an overview")
        genres, problem = self._genres(values, (id_, imdb_id), title, year)
        if problem:
            rejected.append(Rejected(id_, title, source, "genres", problem))
        split = None
        if self._splits and "split" in used:
            split = split_of(values.get(used["split"]), source)
        film = Film(
            id=id_,
            title=title,
            year=year,
            overview=overview,
            genres=genres,
            poster=poster,
            split=split,
            source=source,
            label_source=self._label_source(values),
        )
        return film, rejected

    def _id(self, values: Mapping[str, object], name: str) -> str:
        return id_of(values.get(self._used[name]), name) if name in self._used else ""

    def _text(self, values: Mapping[str, object], name: str) -> str:
        if name not in self._used:
            return ""
        value = values.get(self._used[name])
        if type(value) is str and value.isascii():  # nearly every cell
            return value.strip()
        return text_of(value, name)

    def _label_source(self, values: Mapping[str, object]) -> str:
        """Return who assigned the genres; "" unless the cell holds a short text."""
        if "label_source" not in self._used:
            return ""
        value = values.get(self._used["label_source"])
        return encodable(value.strip()[:_MAX_SOURCE_CHARS]) if isinstance(value, str) else ""

    def _overview(self, values: Mapping[str, object]) -> str | None:
        text = self._text(values, "overview")
        if text and says_nothing(text):
            raise FilmError(f"overview says nothing: {text[:80]!r}")
        return text or None

    def _poster(
        self, values: Mapping[str, object], ids: tuple[str, ...]
    ) -> Path | bytes | PosterAddress | None:
        if "poster" not in self._used:
            return self._posters.find("", ids)
        value = values.get(self._used["poster"])
        # Hugging Face stores bytes, or the path of a file
        if type(value) is not str and isinstance(value, Mapping):
            value = _poster_in(value)
        if isinstance(value, bytes):
            return value  # also empty bytes: decoding them reports the error
        text = value.strip() if type(value) is str else text_of(value, "poster")
        return self._posters.find("" if text.casefold() in MISSING else text, ids)

    def _listed(self, cell: object) -> tuple[str, ...]:
        """Read a genre cell. Parsed texts are cached, because a table has few distinct ones."""
        if type(cell) is not str or len(cell) > _MAX_CELL_CHARS:
            return genres_of(cell, self._genre_names)
        genres = self._read_genres.get(cell)
        if genres is None:
            genres = genres_of(cell, self._genre_names)
            if len(self._read_genres) < _MAX_CELLS:
                self._read_genres[cell] = genres
        return genres

    def _genres(
        self, values: Mapping[str, object], ids: tuple[str, ...], title: str, year: int | None
    ) -> tuple[tuple[str, ...], str]:
        """Return the genres, and how the two columns of genres differ, if there are two."""
        if self._labels is not None:
            return self._labels(ids, title, year), ""
        listed: tuple[str, ...] = ()
        try:
            if "genres" in self._used:
                listed = self._listed(values.get(self._used["genres"]))
        except FilmError:
            if self._splits and not self._flags:
                raise
        if not self._flags:
            return listed, ""
        flagged = flagged_genres(values, self._flags)
        # without splits, as to predict, nobody asks for the genres
        if "genres" not in self._used or not self._splits or set(listed) == set(flagged):
            return flagged, ""
        differing = ", ".join(sorted(set(listed) ^ set(flagged)))
        return flagged, f"genres differ between their list and their columns: {differing}"

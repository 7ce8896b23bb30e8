"""Read the genres of MovieLens, in the layouts of its versions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from posterplot.catalogue.csv_table import open_csv
from posterplot.catalogue.safe_files import check_inside
from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.text_file import encoding_of, lines_of, open_text

_COLUMNS = ("movieId", "title", "genres", "imdbId", "tmdbId")
_LEGACY = "iso8859-1"  # of sets before 2009; too few letters to detect it


def open_movielens(path: Path, encoding: str | None = None) -> Table | None:
    """Open a list of films of MovieLens; return None for any other file.

    Args:
        path: ``movies.csv``, with IMDb and TMDB ids in ``links.csv`` beside it; ``movies.dat``; or
            ``u.item``, with genre names in ``u.genre`` beside it.
        encoding: Encoding of its text; None detects it.

    Raises:
        CatalogueError: The table cannot be read.
    """
    if path.name == "movies.dat":
        return _of_lines(path, encoding, "::", _dat_row)
    if path.name == "u.item":
        genres = _genres_of_100k(path.with_name("u.genre"))
        return _of_lines(path, encoding, "|", lambda parts: _item_row(parts, genres))
    if path.suffix.lower() == ".csv" and path.is_file():
        table = open_csv(path, encoding)
        if table.columns[:3] == _COLUMNS[:3]:
            return _with_links(table)
    return None


def _with_links(table: Table) -> Table:
    path = table.path.with_name("links.csv")
    links = _links(path) if path.is_file() else {}

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        for row in table.read(_COLUMNS[:3]):
            imdb, tmdb = links.get(str(row.values.get("movieId")), ("", ""))
            yield row._replace(values={**row.values, "imdbId": imdb, "tmdbId": tmdb})

    # no other source uses the ids of MovieLens
    fixed = {"id": "imdbId", "title": "title", "genres": "genres"}
    return replace(
        table, format="MovieLens", columns=_COLUMNS, read=read, fixed_columns=fixed, ids="imdb"
    )


def _links(path: Path) -> dict[str, tuple[str, str]]:
    """Return the IMDb and TMDB ids of each film; none if the file is not one of MovieLens."""
    check_inside(path, path.parent)
    table = open_csv(path)
    columns = [column for column in ("movieId", "imdbId", "tmdbId") if column in table.columns]
    if columns[:2] != ["movieId", "imdbId"]:
        return {}
    links: dict[str, tuple[str, str]] = {}
    for row in table.read(columns):
        if not row.problem:
            id_, imdb, *tmdb = (str(row.values[column]).strip() for column in columns)
            links[id_] = (f"tt{imdb}" if imdb else "", tmdb[0] if tmdb else "")
    return links


def _of_lines(
    path: Path, encoding: str | None, mark: str, row_of: Callable[[list[str]], dict[str, object]]
) -> Table:
    found = encoding_of(path, encoding)
    encoding = encoding or ("utf-8" if found == "utf-8" else _LEGACY)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        with open_text(path, encoding) as file:
            for number, line in enumerate(lines_of(file, path), start=1):
                values = row_of(line.rstrip("\n").split(mark))
                yield Row(number, values, "" if values else "line has too few fields")

    def count() -> int:
        with open_text(path, encoding) as file:
            return sum(1 for _ in file)

    return Table(
        path=path,
        folder=path.parent,
        format="MovieLens",
        columns=("title", "genres"),
        read=read,
        count=count,
        fixed_columns={"title": "title", "genres": "genres"},
    )


def _dat_row(parts: list[str]) -> dict[str, object]:
    return {"title": parts[1], "genres": parts[2]} if len(parts) == 3 else {}


def _item_row(parts: list[str], genres: Sequence[str]) -> dict[str, object]:
    flags = parts[5:]
    if len(flags) != len(genres):
        return {}
    named = [g for g, flag in zip(genres, flags, strict=True) if flag == "1" and g != "unknown"]
    return {"title": parts[1], "genres": named}


def _genres_of_100k(path: Path) -> list[str]:
    check_inside(path, path.parent)
    with open_text(path, _LEGACY) as file:
        return [line.partition("|")[0] for line in file if line.strip()]

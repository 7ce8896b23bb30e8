"""Detect the format of a file or folder from its contents."""

import re
from collections.abc import Callable
from pathlib import Path

from posterplot.catalogue.csv_table import open_csv
from posterplot.catalogue.hugging_face import detect_layout, open_hugging_face
from posterplot.catalogue.json_folder import json_files, open_json_folder
from posterplot.catalogue.json_table import open_json, open_jsonl
from posterplot.catalogue.mm_imdb import is_mm_imdb, open_mm_imdb
from posterplot.catalogue.mm_imdb_hdf5 import open_hdf5
from posterplot.catalogue.multi_label import find_multi_label, open_multi_label
from posterplot.catalogue.omdb import recognise_omdb
from posterplot.catalogue.parquet_table import open_parquet
from posterplot.catalogue.poster_folder import open_poster_folder, posters_below
from posterplot.catalogue.safe_files import check_inside, files_below
from posterplot.catalogue.table import Table
from posterplot.catalogue.tmdb import recognise_tmdb
from posterplot.catalogue.wikidata import group_wikidata_rows
from posterplot.errors import CatalogueError

_OPEN: dict[str, Callable[[Path, str | None], Table]] = {
    ".csv": open_csv,
    ".tsv": open_csv,
    ".json": open_json,
    ".jsonl": open_jsonl,
    ".ndjson": open_jsonl,
    ".parquet": lambda path, _: open_parquet(path),
    ".hdf5": lambda path, _: open_hdf5(path),
    ".h5": lambda path, _: open_hdf5(path),
}
_TEXT_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".gz")
# one slash, because Path removes the other
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
_KNOWN = ".csv, .tsv, .json, .jsonl, .ndjson, each also with .gz, .parquet, .hdf5"


# Opens a media library; returns None for other folders. Libraries are a higher layer.
OpenLibrary = Callable[[Path], Table | None]


def open_table(
    path: Path, encoding: str | None = None, library: OpenLibrary = lambda _: None
) -> Table:
    """Detect a catalogue's format and open it.

    Args:
        path: A file or folder.
        encoding: Encoding of text; None detects it.
        library: Function that opens media libraries.

    Raises:
        CatalogueError: The catalogue is missing, of no known format, or cannot be read.
        ModuleNotFoundError: A package that this format needs is not installed.
    """
    try:
        if path.is_dir():
            return _open_folder(path, encoding, library)
        if not path.exists() and _ADDRESS.match(str(path)):
            raise CatalogueError(
                "is an address, and catalogues are read from this machine",
                where=path,
                hint="download it; `remote=True` fetches its posters, but not the table",
            )
        if not path.exists():
            raise CatalogueError("no such file", where=path, hint="check the path of the catalogue")
        if not path.is_file():
            raise CatalogueError("is a device, not a table", where=path, hint="name a file")
    except OSError as error:
        raise CatalogueError(
            f"cannot be read ({error.strerror})", where=path, hint="check its path and permissions"
        ) from error
    suffix = table_suffix(path)
    if suffix not in _OPEN:
        raise CatalogueError(
            f"a catalogue cannot be a {path.suffix!r} file",
            where=path,
            hint=f"save the table as one of {_KNOWN}",
        )
    return interpret_by_source(_OPEN[suffix](path, encoding))


def interpret_by_source(table: Table) -> Table:
    """Interpret a table by its source, if that is TMDB, OMDb or Wikidata."""
    return group_wikidata_rows(recognise_omdb(recognise_tmdb(table)))


def is_table(path: Path) -> bool:
    """Return whether the name of a file is that of a table."""
    return table_suffix(path) in _OPEN


def table_suffix(path: Path) -> str:
    """Return the suffix of a table's name without compression: ``.csv`` for ``films.CSV.gz``."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == ".gz" else suffix


def _tables_beside(folder: Path, parts: list[Path]) -> bool:
    """Return whether a folder holds a table beside the parts of a dataset: that is the catalogue.

    JSON files do not count. Datasets have some that describe them; those of ``prepare`` also have a
    list of what they left out.
    """
    prepared = (folder / "dataset.json").is_file()
    left_out = {folder / "rejected.jsonl"} if prepared else set()
    here = (file for file in files_below(folder, 0) if file not in {*parts, *left_out})
    return any(is_table(file) and file.suffix.lower() in _TEXT_TABLES for file in here)


def _open_folder(path: Path, encoding: str | None, library: OpenLibrary) -> Table:
    if is_mm_imdb(path):
        return open_mm_imdb(path)
    if (path / "mmimdb").is_dir() and is_mm_imdb(path / "mmimdb"):
        return open_mm_imdb(path / "mmimdb")
    if (dataset := find_multi_label(path)) and (table := open_multi_label(dataset, encoding)):
        return table
    layout, parts = detect_layout(path)
    if layout and (layout == "saved" or not _tables_beside(path, parts)):
        return open_hugging_face(path, layout, parts)
    if (films := library(path)) is not None:
        return films
    here = list(files_below(path, 0))
    tables = [file for file in here if is_table(file) and file.name != "overviews.csv"]
    files = json_files(path)
    if len(files) > 1 and len(files) == len(tables):  # a single one may hold a list
        return interpret_by_source(open_json_folder(path))
    if len(tables) == 1:
        check_inside(tables[0], path)
        return open_table(tables[0], encoding)
    if tables:
        raise CatalogueError(
            f"is a folder of {len(tables)} tables",
            where=path,
            hint=f"name one of {', '.join(file.name for file in tables[:8])}",
        )
    if posters := posters_below(path):
        return open_poster_folder(path, posters, encoding)
    if not any(path.iterdir()):
        raise CatalogueError(
            "is an empty folder", where=path, hint="check its path, and that its disk is mounted"
        )
    raise CatalogueError(
        "is a folder without a table, posters or a media library",
        where=path,
        hint=f"check its path, or name a table ({_KNOWN})",
    )

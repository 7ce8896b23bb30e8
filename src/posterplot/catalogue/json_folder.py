"""Read a folder of JSON files, of one film or of several: saved responses of an API."""

from collections.abc import Iterator
from pathlib import Path

from posterplot.catalogue.json_table import films_in, row_of, table_of_records
from posterplot.catalogue.safe_files import files_below, json_inside
from posterplot.catalogue.table import Row, Table
from posterplot.errors import FilmError


def json_files(folder: Path) -> list[Path]:
    """Return the JSON files directly in a folder."""
    return [path for path in files_below(folder, 0) if path.suffix.lower() == ".json"]


def open_json_folder(folder: Path) -> Table:
    """Open the folder; a file that is not a JSON object is a row with a problem."""
    files = json_files(folder)

    def rows() -> Iterator[Row]:
        for number, path in enumerate(files, start=1):
            try:
                record = json_inside(path, folder)
            except FilmError as error:
                yield Row(number, {}, error.what, path.name)
                continue
            for film in films_in(record, path):  # a page of an API holds several
                yield row_of(number, film, "is JSON, but not an object")._replace(source=path.name)

    return table_of_records(folder, "JSON files", rows, lambda: sum(1 for _ in rows()))

"""Read a folder of JSON files, of one film or of several: saved responses of an API."""

from collections.abc import Iterator
from itertools import count
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
        numbers = count(1)  # of films, because it becomes the id of those without one
        for path in files:
            try:
                record = json_inside(path, folder)
            except FilmError as error:
                yield Row(next(numbers), {}, error.what, path.name)
                continue
            for film in films_in(record, path):  # a page of an API holds several
                row = row_of(next(numbers), film, "is JSON, but not an object")
                yield row._replace(source=path.name)

    return table_of_records(folder, "JSON files", rows)

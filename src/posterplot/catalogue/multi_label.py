"""Read Multi_Label_dataset: IMDb posters, a column per genre, no text (Analytics Vidhya, 2019)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from posterplot.catalogue.csv_table import open_csv
from posterplot.catalogue.safe_files import check_inside
from posterplot.catalogue.table import Row, Table

_MIN_GENRES = 15


def find_multi_label(folder: Path) -> Path | None:
    """Return the folder with ``train.csv`` and ``Images/``, which may be one level deeper."""
    for path in (folder, folder / "Multi_Label_dataset"):
        if (path / "train.csv").is_file() and (path / "Images").is_dir():
            return path
    return None


def open_multi_label(folder: Path, encoding: str | None) -> Table | None:
    """Open the dataset; return None for any other table.

    Raises:
        CatalogueError: The table cannot be read.
    """
    check_inside(folder / "train.csv", folder)
    table = open_csv(folder / "train.csv", encoding)
    if not {"Id", "Genre"} <= set(table.columns) or len(table.flags) < _MIN_GENRES:
        return None

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        for row in table.read([column for column in wanted if column != "poster"]):
            values = dict(row.values)
            if id_ := str(values.get("Id", "")).strip():
                values["poster"] = f"Images/{id_}.jpg"
            yield row._replace(values=values)

    return replace(
        table,
        format="Multi_Label_dataset",
        columns=(*table.columns, "poster"),
        read=read,
        fixed_columns={"id": "Id", "genres": "Genre", "poster": "poster"},
    )

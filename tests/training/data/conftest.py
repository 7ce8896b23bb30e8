import csv

import pytest
from tests.conftest import overview_of, poster_bytes, write_catalogue

from posterplot.dataset.prepare import prepare


@pytest.fixture(scope="module")
def further(tmp_path_factory):
    """A dataset of x4 to x19, after four films that are in the main dataset."""
    folder = tmp_path_factory.mktemp("further")
    table = write_catalogue(folder, 20)
    with table.open(newline="") as stream:
        head, *rows = csv.reader(stream)
    for n, row in enumerate(rows[4:], 4):
        row[:4] = (
            f"x{n}",
            f"Another {n}",
            row[2],
            overview_of(("Drama",), 900 + n) if row[3] else "",
        )
        if row[5]:
            (folder / row[5]).write_bytes(poster_bytes(("Drama",), 900 + n, size=(160, 240)))
    with table.open("w", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])
    prepare(table, folder / "dataset")
    return folder / "dataset"

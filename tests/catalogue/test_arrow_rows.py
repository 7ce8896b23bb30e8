import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import read_catalogue
from posterplot.catalogue.arrow_rows import rows_of


def read(tmp_path, **columns):
    pq.write_table(pa.table({"id": [1, 2], **columns}), tmp_path / "films.parquet")
    return list(read_catalogue(tmp_path / "films.parquet"))


def test_text_that_is_not_utf_8_stops_no_other_film(tmp_path):
    text = b"A good text.A bad \xff text."
    overviews = pa.StringArray.from_buffers(
        2, pa.py_buffer(np.array([0, 12, len(text)], np.int32)), pa.py_buffer(text)
    )
    films = read(tmp_path, overview=overviews, genres=[["Drama"], ["Crime"]])
    assert [getattr(film, "reason", film.title) for film in films] == ["", "overview is not UTF-8"]
    genres = pa.ListArray.from_arrays([0, 1, 2], overviews)
    films = read(tmp_path, overview=["A good text.", "A text."], genres=genres)
    assert films[0].genres == ("A good text.",)
    assert films[1].reason == "genres is not UTF-8"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.date32(), [9131, 10**8]),
        (pa.date64(), [788_918_400_000, 10**17]),
        (pa.timestamp("s"), [788_918_400, 10**15]),
        (pa.timestamp("us"), [788_918_400_000_000, 9 * 10**18]),
    ],
)
def test_a_date_out_of_range_stops_no_film(tmp_path, kind, values):
    bits = pa.int32() if kind == pa.date32() else pa.int64()
    dates = pa.array(values, bits).view(kind)
    rows = list(rows_of(pa.RecordBatch.from_pydict({"release_date": dates})))
    assert (rows[0]["release_date"].year, rows[1]["release_date"]) == (1995, None)
    if kind != pa.timestamp("s"):  # Parquet has none
        films = read(tmp_path, overview=["A text.", "Another text."], release_date=dates)
        assert [(film.overview, film.year) for film in films] == [
            ("A text.", 1995),
            ("Another text.", None),
        ]

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from posterplot.catalogue import read_catalogue


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

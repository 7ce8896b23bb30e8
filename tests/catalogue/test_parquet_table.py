import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import read_catalogue
from posterplot.errors import CatalogueError


def read(tmp_path, **columns):
    pq.write_table(pa.table({"id": [1, 2], **columns}), tmp_path / "films.parquet")
    return list(read_catalogue(tmp_path / "films.parquet"))


def test_posters_inside(tmp_path):
    assert [film.poster for film in read(tmp_path, poster=[b"one", b"two"])] == [b"one", b"two"]
    struct = [{"bytes": b"one", "path": "x.jpg"}, {"bytes": None, "path": "y.jpg"}]
    first, second = read(tmp_path, poster=struct, other=[{"deep": 1}, None])
    assert first.poster == b"one"
    assert second.poster == tmp_path / "y.jpg"
    assert second.id == "2"


def test_lists_of_genres(tmp_path):
    films = read(tmp_path, overview=["x y", "y z"], genres=[["A b", "C"], []])
    assert [film.genres for film in films] == [("A b", "C"), ()]


def test_not_parquet(tmp_path):
    (tmp_path / "films.parquet").write_bytes(b"id,overview\n")
    with pytest.raises(CatalogueError, match="cannot be read as Parquet"):
        list(read_catalogue(tmp_path / "films.parquet"))


def test_text_without_its_type(tmp_path):
    films = read(
        tmp_path,
        title=[b"Am\xc3\xa9lie", b"Heat"],
        year=[b"2001", b"1995"],
        overview=[b"A waitress helps others.", b"A th\xeff."],
        genres=[b"Drama|Comedy", b"Crime"],
    )
    first = films[0]
    assert (first.title, first.year, first.genres) == ("Amélie", 2001, ("Drama", "Comedy"))
    assert films[1].reason == "overview is not UTF-8"


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int8(), pa.string()), None])
def test_columns_of_flags_may_be_stored_in_any_type(tmp_path, kind):
    flags = {
        genre: pa.array([str(n == 0), "False"] if kind else [n == 0, False], kind or pa.bool_())
        for n, genre in enumerate(["Drama", "Comedy", "Action", "Horror", "War"])
    }
    first, second = read(tmp_path, overview=["One film.", "Two films."], **flags)
    assert (first.genres, second.genres) == (("Drama",), ())

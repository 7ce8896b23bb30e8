import codecs
import csv
import gzip

import pytest

from posterplot.catalogue import count_films, open_catalogue, read_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Film


def read(path, content: bytes):
    path = path / "films.csv"
    path.write_bytes(content)
    return list(read_catalogue(path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends(tmp_path, encoding, end):
    text = end.join(["id,title,overview", "a,Amélie,🎬 שלום עולם", 'b,B,"two', 'lines"', ""])
    first, second = read(tmp_path, text.encode(encoding))
    assert (first.id, first.title, first.overview) == ("a", "Amélie", "🎬 שלום עולם")
    assert second.overview == f"two{end}lines"
    assert count_films(tmp_path / "films.csv") == 2


def test_big_endian_utf_16(tmp_path):
    content = codecs.BOM_UTF16_BE + "id,overview\na,é x\n".encode("utf-16-be")
    assert read(tmp_path, content)[0].overview == "é x"


@pytest.mark.parametrize("before", [(b"b," + b"fine as it is " * 1000 + b"\n") * 200, b""])
def test_legacy_encodings_are_reported(tmp_path, before):
    *_, film = read(tmp_path, b"id,overview\n" + before + "a,café au lait\n".encode("latin-1"))
    assert film.overview == "café au lait"
    assert open_catalogue(tmp_path / "films.csv").table.notes == ("read as CP1252",)


@pytest.mark.parametrize("before", ["é".encode() + b"\n", b"b," + "é".encode() * 700_001 + b"\n"])
def test_wrong_encoding_names_the_byte(tmp_path, before):
    before = b"id,overview\n" + before + b"a,caf"
    with pytest.raises(CatalogueError, match=rf"byte {len(before):,} is not UTF-8; save it as UTF"):
        read(tmp_path, before + "é".encode("latin-1") + b" au lait\n")


def test_cut_character_at_the_end(tmp_path):
    with pytest.raises(CatalogueError, match="byte 14 is not UTF-8"):
        read(tmp_path, b"id,overview\na," + "é".encode()[:1])


def test_very_long_field(tmp_path):
    (film,) = read(tmp_path, b"id,overview\na," + b"x" * 300_000)
    assert len(film.overview) == 300_000


def test_rows_of_other_lengths(tmp_path):
    long, short = read(tmp_path, b"id,overview,genres\na,One, two,Drama\nb,One film\n")
    assert long.reason == "row has 4 values, but the header has 3 columns"
    assert isinstance(short, Film)


def test_a_bad_quotation_mark_rejects_one_row(tmp_path):
    bad, good = read(tmp_path, b'id,overview\na,"He said "no" to it"\nb,fine film\n')
    assert bad.reason.startswith("row cannot be read:")
    assert (bad.source, good.source) == ("films.csv row 2", "films.csv row 3")


def test_an_open_quotation_mark_loses_no_row(tmp_path):
    with pytest.raises(CatalogueError, match="line 3: a quotation mark opened in row 3 is never"):
        read(tmp_path, b'id,overview\na,fine film\nb,"open\nc,lost\n')


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters(tmp_path, mark):
    rows = [["id", "title", "overview", "genres"], ["a", "b, c; d", '"A, b; c"', "X,Y"]]
    content = "".join(mark.join(row) + "\n" for row in rows).replace("b, c; d", '"b, c; d"')
    if mark == ",":
        content = content.replace("X,Y", '"X,Y"')
    (film,) = read(tmp_path, content.encode())
    assert (film.title, film.overview, film.genres) == ("b, c; d", "A, b; c", ("X", "Y"))


def test_tables_of_imdb_have_no_quotation_marks(tmp_path):
    path = tmp_path / "title.basics.tsv.gz"
    text = 'tconst\tprimaryTitle\tplot\tgenres\ntt1\t"Half\tA film\t\\N\ntt2\tB"\tOne more\tA,B\n'
    path.write_bytes(gzip.compress(text.encode()))
    first, second = read_catalogue(path)
    assert (first.title, first.genres) == ('"Half', ())
    assert (second.title, second.genres) == ('B"', ("A", "B"))


def test_columns_at_the_end_may_be_empty(tmp_path):
    (film,) = read(tmp_path, b"id,overview\na,One film,,\n")
    assert film.id == "a"


def test_nothing_at_all(tmp_path):
    with pytest.raises(CatalogueError, match="has no header"):
        read(tmp_path, b"")


@pytest.fixture
def short_fields(monkeypatch):
    """Limit fields to 200,000 characters, and give the interpreter its limit back."""
    before = csv.field_size_limit()
    monkeypatch.setattr("posterplot.catalogue.csv_table._MAX_FIELD_CHARS", 200_000)
    csv.field_size_limit(200_000)
    yield
    csv.field_size_limit(before)


def test_a_field_that_is_too_long_is_one_row_that_cannot_be_used(tmp_path, short_fields):
    rows = ["id,overview", "a,A gun.", f"b,{'x' * 300_000}", "c,A kiss.", ""]
    first, second, third = read(tmp_path, "\n".join(rows).encode())
    assert isinstance(first, Film)
    assert "field larger than field limit" in second.reason
    assert isinstance(third, Film)


def test_a_quotation_mark_that_swallows_a_long_table_is_found(tmp_path, short_fields):
    """However long the table: not one row of a limited length, and the rows after it."""
    rows = ["id,overview", "a,A gun.", 'b,"A gun.', *(f"c{n},A kiss." for n in range(50_000)), ""]
    with pytest.raises(CatalogueError, match="a quotation mark opened in row 3 is never closed"):
        read(tmp_path, "\n".join(rows).encode())

import codecs

import pytest

from posterplot.catalogue import count_films, read_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Film


def read(path, content: bytes):
    path = path / "films.csv"
    path.write_bytes(content)
    return list(read_catalogue(path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends(tmp_path, encoding, end):
    text = end.join(["id,title,overview", "a,Amélie,🎬 שלום", 'b,B,"two', 'lines"', ""])
    first, second = read(tmp_path, text.encode(encoding))
    assert (first.id, first.title, first.overview) == ("a", "Amélie", "🎬 שלום")
    assert second.overview == f"two{end}lines"
    assert count_films(tmp_path / "films.csv") == 2


def test_big_endian_utf_16(tmp_path):
    content = codecs.BOM_UTF16_BE + "id,overview\na,é\n".encode("utf-16-be")
    assert read(tmp_path, content)[0].overview == "é"


@pytest.mark.parametrize(
    "before", [b"", b"b,fine\n" * 400_000, b"b," + "é".encode() * 700_001 + b"\n"]
)
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
    long, short = read(tmp_path, b"id,overview,genres\na,One, two,Drama\nb,One\n")
    assert long.reason == "more values than columns: 4 for 3"
    assert isinstance(short, Film)


def test_a_bad_quotation_mark_costs_one_row(tmp_path):
    bad, good = read(tmp_path, b'id,overview\na,"He said "no" to it"\nb,fine\n')
    assert bad.reason.startswith("row cannot be read:")
    assert (bad.source, good.source) == ("films.csv row 2", "films.csv row 3")


def test_an_open_quotation_mark_swallows_nothing(tmp_path):
    with pytest.raises(CatalogueError, match="line 3: a quotation mark opened in row 3 is never"):
        read(tmp_path, b'id,overview\na,fine\nb,"open\nc,lost\n')


def test_other_separators_are_told(tmp_path):
    with pytest.raises(CatalogueError, match="separate the columns with commas"):
        read(tmp_path, b"id;title;overview\na;b;c\n")


def test_nothing_at_all(tmp_path):
    with pytest.raises(CatalogueError, match="is empty"):
        read(tmp_path, b"")

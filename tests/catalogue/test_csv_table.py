import codecs
import csv
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.catalogue import count_films, csv_table, open_catalogue, read_catalogue
from posterplot.catalogue.csv_table import open_csv
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


STRAY = """id,title,overview
1,A,"A good film here"
2,"B,A bad row with a stray quote
3,C,A third film is here
4,D,"A fourth film
is ""here""!"
5,E,"Another, film is here"
6,F,A sixth film is here
"""


@pytest.mark.parametrize("more", ["", '7,"G,One more stray quote\n8,H,An eighth film is here\n'])
def test_a_stray_quotation_mark_loses_one_row(tmp_path, more):
    items = read(tmp_path, (STRAY + more).encode())
    assert [item.id for item in items if isinstance(item, Film)] == [*"13456", *"8"[: len(more)]]
    bad = [item for item in items if not isinstance(item, Film)]
    assert [item.source for item in bad] == ["films.csv row 3", "films.csv row 8"][: len(bad)]
    assert bad[0].reason.startswith("row cannot be read: a quotation mark is not closed")
    assert count_films(tmp_path / "films.csv") == len(items)


def test_an_open_quotation_mark_at_the_end_loses_one_row(tmp_path):
    first, bad, last = read(tmp_path, b'id,overview\na,fine film\nb,"open\nc,not lost\n')
    assert (first.id, bad.source, last.id) == ("a", "films.csv row 3", "c")
    assert count_films(tmp_path / "films.csv") == 3


@pytest.mark.parametrize(
    ("tail", "lines"),
    [
        ('left, for good, to a new town in Texas",Drama', 1),
        ('left\n\nthe town, for good, they say, and came to Texas",Drama', 2),
        ('left "for" good,\nto a new town in Texas",Drama', 2),
    ],
)
def test_the_rest_of_a_broken_row_is_no_film(tmp_path, tail, lines):
    text = f"""id,title,overview,genres
5,Heat,"He said ""yes"" and then "no" and
{tail}
6,Alien,"A crew
in space.",Horror
"""
    first, *rest, last = read(tmp_path, text.encode())
    assert first.reason.startswith("row cannot be read:")
    assert {item.reason for item in rest} == {"continues a row that cannot be read"}
    assert len(rest) == lines
    assert (last.id, last.overview) == ("6", "A crew\nin space.")
    assert count_films(tmp_path / "films.csv") == len(rest) + 2


@given(
    st.lists(st.sampled_from(["plain", '"quoted, too"', '"two\n""lines"" x"', "BAD"]), max_size=30)
)
def test_any_broken_rows_between_good_ones_lose_no_other(cells):
    # each row but those with a stray mark
    rows = [f'{n},"{n}' if cell == "BAD" else f"{n},{cell}" for n, cell in enumerate(cells)]
    options = {"delimiter": ",", "quoting": csv.QUOTE_MINIMAL, "strict": True}
    lines = [line + "\n" for line in "\n".join(["id,overview", *rows]).split("\n")]
    records = list(csv_table._records(iter(lines), options))
    good = [str(n) for n, cell in enumerate(cells) if cell != "BAD"]
    assert [fields[0] for _, fields, problem in records[1:] if not problem] == good
    assert [number for number, _, _ in records] == list(range(1, len(cells) + 2))


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


def test_a_quotation_mark_that_swallows_a_long_table_loses_one_row(tmp_path, short_fields):
    """However long the table: the rows after it are read again."""
    rows = ["id,overview", "a,A gun.", 'b,"A gun.', *(f"c{n},A kiss." for n in range(50_000)), ""]
    _, bad, *films = read(tmp_path, "\n".join(rows).encode())
    assert bad.source == "films.csv row 3"
    assert len(films) == 50_000
    assert all(isinstance(film, Film) for film in films)


@pytest.mark.parametrize("kept", [0, 1, 2, 1000])
def test_lines_that_are_kept_in_case_a_row_is_broken(tmp_path, monkeypatch, kept):
    monkeypatch.setattr(csv_table, "_MAX_KEPT_LINES", kept)
    items = read(tmp_path, STRAY.encode())
    assert [item.id for item in items] == [*"1", "row-3", *"3456"]


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "SEP=;\n"])
def test_a_first_line_for_excel_names_the_delimiter(tmp_path, first):
    path = tmp_path / "films.csv"
    path.write_bytes(f"{first}id;title;plot\n1;Heat;One, two, three films.\n".encode())
    table = open_csv(path)
    assert (table.columns, table.count()) == (("id", "title", "plot"), 1)
    [row] = table.read(table.columns)
    assert (row.number, row.values["plot"]) == (2, "One, two, three films.")


def test_quotation_marks_escaped_by_backslashes(tmp_path):
    # what Spark and MySQL write: \N is no value, and a backslash may be the last character
    content = r"""id,title,year,overview
1,Heat,1995,"He said \"no\", and \"yes, later\"."
2,"\"Quoted\"",\N,"One, two, three films."
3,Path,2001,"A folder is named C:\\"
4,Pi,1998,"A line
and \"another\" line."
"""
    first, second, third, fourth = read(tmp_path, content.encode())
    assert first.overview == 'He said "no", and "yes, later".'
    assert (second.title, second.year) == ('"Quoted"', None)
    assert third.overview == "A folder is named C:\\"
    assert fourth.overview == 'A line\nand "another" line.'
    assert count_films(tmp_path / "films.csv") == 4
    notes = open_catalogue(tmp_path / "films.csv").table.notes
    assert notes == ("quotation marks are escaped by backslashes",)


@given(cells=st.lists(st.text(st.sampled_from('a\\",\n b')), min_size=2, max_size=8))
def test_backslashes_in_tables_with_doubled_marks_are_characters(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("csv") / "films.csv"
    rows = [[f"{number}", cell] for number, cell in enumerate(cells)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "overview"], *rows])
    table = open_csv(path)
    assert table.notes == ()
    assert [list(row.values.values()) for row in table.read(table.columns)] == rows


def test_json_between_tabs_keeps_its_backslashes(tmp_path):
    cell = r'[{"name": "Drama"}, {"name": "a \"b\" c"}]'
    (film,) = read(tmp_path, f"id\toverview\tgenres\na\tOne good film.\t{cell}\n".encode())
    assert film.genres == ("Drama", 'a "b" c')

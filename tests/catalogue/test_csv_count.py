import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.catalogue import count_films, csv_count, open_catalogue
from posterplot.catalogue.csv_count import count_records
from posterplot.errors import CatalogueError

# Pieces of which quoted and broken records consist; about a third of the files are well-formed.
PIECES = ['"', '""', '"a"', '"a\n"', '",', ',"', ",", "a", "é", "\n", "\r\n", "\r", "\0", " "]


def counted(content: bytes, *, quoted: bool = True, **options) -> int | None:
    options = {"longest": 1000} | options
    return count_records(io.BytesIO(content), ",", quoted=quoted, **options)


def parsed(text: str, *, quoted: bool = True) -> int | None:
    """Count the records with a parser; None if it refuses one."""
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    try:
        return sum(map(bool, csv.reader(io.StringIO(text, ""), strict=quoted, quoting=quoting)))
    except csv.Error:
        return None


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.booleans(), st.integers(1, 9)
)
def test_it_counts_as_a_parser(text, quoted, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_count, "_CHUNK", chunk)
        count = counted(text.encode(), quoted=quoted)
    if count is None:
        assert quoted
    else:
        assert count == parsed(text, quoted=quoted)


@given(st.lists(st.lists(st.text(st.sampled_from('a"\r\n,é \0')), min_size=1)))
def test_it_counts_every_well_formed_file(rows):
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    assert counted(stream.getvalue().encode()) == len(rows)


@pytest.mark.parametrize(
    "content",
    [b'a,5" disc\n', b'a,"b" c\n', b'a,"b\n', b"a" * 1001, b"a\n" + b"b" * 1001 + b"\n", b"\xe9\n"],
    ids=["inside", "after a field", "not closed", "long", "long row", "no UTF-8"],
)
def test_what_only_a_parser_can_tell(content):
    assert counted(content) is None


def test_a_byte_order_mark_is_no_part_of_a_field():
    assert counted(b'\xef\xbb\xbf"a\nb"\nc\n', with_mark=True) == 2


@pytest.mark.parametrize("content", [b"", b"a", b"a\nb\nc\n", b'"a\n"\n'])
def test_a_file_without_the_expected_byte_order_mark(content):
    assert counted(content, with_mark=True) == counted(content)


@pytest.mark.parametrize("cell", ['"x"', '5" x'])  # the second is counted by the parser
def test_tables_are_counted_either_way(tmp_path, cell):
    path = tmp_path / "films.csv"
    path.write_text(f"id,overview\n\na,{cell}\nb,\n", encoding="utf-8")
    assert count_films(path) == 2


def test_a_damaged_byte_is_reported_while_counting(tmp_path):
    path = tmp_path / "films.csv"
    path.write_bytes("id,overview\na,é x\n".encode() + b"b,x\n" * 1000 + b"c,\xe9 x\n")
    with pytest.raises(CatalogueError, match=r"byte 4,021 is not UTF-8"):
        open_catalogue(path).count()

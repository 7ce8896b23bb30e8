import pytest

from posterplot.library.changes import Wanted, change_nfo, read_nfo
from posterplot.library.nfo_scan import NfoError


@pytest.fixture
def nfo(tmp_path):
    def write(data: bytes):
        path = tmp_path / "movie.nfo"
        path.write_bytes(b"<movie><title>Heat</title>" + data + b"</movie>")
        return read_nfo(path, "film")

    return write


def changed(nfo, *genres, existing=(), tags=(), replace=False):
    return change_nfo(nfo, Wanted(existing, genres, tags, replace), "movie.nfo").new


def test_genres_are_added_beside_those_there_are(nfo):
    read = nfo(b"<genre>Drama</genre>")
    new = changed(read, "Crime", existing=("Action",), tags=("heist",))
    for element in (b"<genre>Drama", b"<genre>Crime", b"<genre>Action", b"<tag>heist"):
        assert new.count(element) == 1


def test_a_genre_or_a_tag_that_is_there_by_another_name_is_not_added(nfo):
    read = nfo(b"<genre>Sci-Fi</genre><tag>Heist</tag>")
    change = change_nfo(read, Wanted((), ("Science Fiction",), ("heist",), False), "movie.nfo")
    assert not change.splices
    assert change.new == read.file.data


def test_genres_are_replaced(nfo):
    new = changed(nfo(b"<genre>Drama</genre><genre>Western</genre>"), "Crime", replace=True)
    assert b"<genre>Crime</genre>" in new
    assert b"Drama" not in new
    assert b"Western" not in new


def test_letters_that_cannot_be_read_are_not_copied(nfo):
    with pytest.raises(NfoError, match=r"movie.nfo lacks the genre Com\ufffddie of another NFO"):
        changed(nfo(b""), "Crime", existing=("Com\ufffddie",))


def test_an_nfo_of_something_else_is_refused(nfo, tmp_path):
    nfo(b"")
    with pytest.raises(NfoError):
        read_nfo(tmp_path / "movie.nfo", "series")


def test_the_order_of_genres_alone_is_no_reason_to_write(nfo):
    read = nfo(b"<genre>Crime</genre><genre>Drama</genre>")
    assert changed(read, "Drama", "Crime", replace=True) == read.file.data
    new = changed(read, "Drama", "Crime", tags=("heist",), replace=True)
    assert b"<tag>heist</tag>" in new


def test_two_genres_in_one_element_are_replaced_by_two_elements(nfo):
    new = changed(nfo(b"<genre>Crime / Drama</genre>"), "Crime", "Drama", replace=True)
    assert b"<genre>Crime</genre><genre>Drama</genre>" in b"".join(new.split())

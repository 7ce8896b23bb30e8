import pytest

from posterplot.library.nfo_scan import scan
from posterplot.library.tag import tag
from posterplot.library.written import WrittenGenres
from tests.library.conftest import FakePredictor, add_film
from tests.library.oddities import nfo


def written(library, path, data):
    return WrittenGenres(library).are_in(path, scan(data))


@pytest.mark.parametrize(
    ("mode", "genres", "are_written"),
    [
        ("add", ("Drama", "War", "Science Fiction"), True),
        ("add", ("Sci-Fi",), True),
        ("add", ("Drama", "War"), False),
        ("replace", ("Sci-Fi",), True),
        ("replace", ("Drama",), False),
    ],
)
def test_genres_are_compared_with_those_that_were_added(tmp_path, mode, genres, are_written):
    data = nfo("<genre>Drama</genre>", "<genre>War</genre>").encode()
    path = add_film(tmp_path, "A", data) / "movie.nfo"
    list(tag(tmp_path, FakePredictor(["Sci-Fi"]), write=True, mode=mode))
    now = nfo(*(f"<genre>{genre}</genre>" for genre in genres), "<studio>S</studio>").encode()
    assert written(tmp_path, path, now) is are_written


def test_a_file_is_recognised_at_another_path(tmp_path, predictor):
    path = add_film(tmp_path, "A", nfo().encode()) / "movie.nfo"
    list(tag(tmp_path, predictor, write=True))
    assert written(tmp_path, tmp_path / "B/B.nfo", path.read_bytes())
    assert not written(tmp_path, tmp_path / "B/B.nfo", path.read_bytes() + b"\n")


def test_tags_are_no_genres(tmp_path):
    path = add_film(tmp_path, "A", nfo("<genre>Drama</genre>").encode()) / "movie.nfo"
    predictor = FakePredictor(["Drama", "Biography"])
    list(tag(tmp_path, predictor, write=True, mode="add", tags=True))
    assert b"<tag>Biography</tag>" in path.read_bytes()
    assert not written(tmp_path, path, path.read_bytes())

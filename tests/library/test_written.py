import pytest

from posterplot.errors import OutputError
from posterplot.library.nfo_scan import scan
from posterplot.library.tag import tag
from posterplot.library.written import WrittenGenres
from tests.library.conftest import FakePredictor, add_film, unreachable
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


def test_genres_that_could_not_be_written_are_not_counted(tmp_path):
    data = nfo().encode()
    path = add_film(tmp_path, "A", data) / "movie.nfo"
    mine = nfo("<genre>Sci-Fi</genre>").encode()

    class Meddler(FakePredictor):
        def predict(self, films):
            for answer in super().predict(films):
                path.write_bytes(mine)
                yield answer

    [done] = tag(tmp_path, Meddler(), write=True)
    assert done.action == "skip"
    assert not written(tmp_path, path, mine)


def test_a_journal_that_may_not_be_read_is_not_taken_for_an_empty_one(tmp_path, predictor, state):
    path = add_film(tmp_path, "A", nfo().encode()) / "movie.nfo"
    list(tag(tmp_path, predictor, write=True))
    with unreachable(state / "posterplot"), pytest.raises(OutputError, match="Permission denied"):
        written(tmp_path, path, path.read_bytes())


def test_films_that_keep_genres_of_an_earlier_run_are_known(tmp_path, predictor):
    add_film(tmp_path, "A", nfo().encode())
    add_film(tmp_path, "B", nfo("<genre>Drama</genre>").encode())
    list(tag(tmp_path, predictor, write=True))
    kept = list(tag(tmp_path, predictor, write=True))
    assert {d.action for d in kept} == {"keep"}
    ours = WrittenGenres(tmp_path)
    assert [ours.are_kept_by(decision) for decision in kept] == [True, False]

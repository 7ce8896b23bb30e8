import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.catalogue.genres import genres_of
from posterplot.catalogue.tmdb import TMDB_GENRES
from posterplot.errors import FilmError


@pytest.mark.parametrize(
    "genres",
    [
        *("Sci-Fi| TV  Movie |Sci-Fi||", '["Sci-Fi", "TV Movie"]', ["Sci-Fi", None, "TV Movie"]),
        *("['Sci-Fi', 'TV Movie']", "['Sci-Fi','TV Movie' ]"),
        *("Sci-Fi, TV Movie", "Sci-Fi;TV Movie", ("Sci-Fi", "TV Movie")),
        *("('Sci-Fi', 'TV Movie')", "['Sci-Fi' 'TV Movie']", "{'TV Movie', 'Sci-Fi'}"),
        *('{Sci-Fi,"TV Movie"}', "Sci-Fi / TV Movie", "Sci-Fi\nTV Movie", "Sci-Fi，TV Movie"),
        '[{"id": 1, "name": "Sci-Fi"}, {"id": 2, "name": "TV Movie"}]',
        "[{'id': 1, 'name': 'Sci-Fi'}, {'id': None, 'name': 'TV Movie'}]",
        [{"id": 1, "name": "Sci-Fi"}, {"name": "TV Movie"}, "N/A"],
    ],
)
def test_notations(genres):
    assert genres_of(genres, {}) == ("Sci-Fi", "TV Movie")


@pytest.mark.parametrize(
    "genres",
    [
        *(None, "", " ", "N/A", "\\N", "[]", "{}", "()", "-", "unknown", [], "(no genres listed)"),
        float("nan"),
    ],
)
def test_none(genres):
    assert genres_of(genres, {}) == ()


@pytest.mark.parametrize(
    "genres",
    [
        [18, 878],
        "[18, 878]",
        "18|878",
        "18, 878",
        [18.0, "878"],
        [{"id": 18, "name": "Drame"}, 878],
    ],
)
def test_numbers_with_names(genres):
    assert genres_of(genres, TMDB_GENRES) == ("Drama", "Science Fiction")


def test_there_is_one_value_per_genre():
    names = {0: "Action", 1: "Drama", 2: "War"}
    assert genres_of([0, 1, 1], names) == ("Drama", "War")
    assert genres_of([1, 2], names) == ("Drama", "War")
    assert genres_of(0, names) == ("Action",)


def test_names_that_hold_marks():
    assert genres_of(str(["Children's", "Comédie", "a\\d"]), {}) == (
        "Children's",
        "Comédie",
        "a\\d",
    )
    assert genres_of("Crime, Drama|War", {}) == ("Crime, Drama", "War")


@pytest.mark.parametrize(
    ("genres", "reason"),
    [
        *(("['Drama'", "not JSON"), ("[Drama]", "not JSON"), ("{'a': 1, 2}", "not JSON")),
        *(("['Drama', nan]", "not JSON"), ("[" * 100_000, "not JSON")),
        *(("['Drama', 18]", "not all text"), ([18], "not all text"), ([["a"]], "not all text")),
        *(([{"id": 18}], "without a name"), (True, "true or false")),
    ],
)
def test_unreadable_catalogues_are_refused(genres, reason):
    with pytest.raises(FilmError, match=reason):
        genres_of(genres, {})


def test_no_code_is_run(tmp_path):
    target = tmp_path / "made"
    for text in (f"[open({str(target)!r}, 'w')]", f"[__import__('os').mkdir({str(target)!r})]"):
        with pytest.raises(FilmError, match="not JSON"):
            genres_of(text, {})
    assert not target.exists()


def test_numbers_without_a_name():
    with pytest.raises(FilmError, match="unknown number: 999"):
        genres_of([999], TMDB_GENRES)
    with pytest.raises(FilmError, match="unknown number: -2"):
        genres_of("-2", TMDB_GENRES)


@pytest.mark.parametrize("genres", [-1, [-1], -1.0, "-1", "-1.0", "[-1]"])
def test_a_label_may_be_unknown(genres):
    assert genres_of(genres, TMDB_GENRES) == ()


def test_numbers_as_text_of_floats():
    assert genres_of("18.0|878", TMDB_GENRES) == ("Drama", "Science Fiction")


def test_a_number_with_the_name_of_another_genre_is_not_of_this_list():
    assert genres_of([{"id": 12, "name": "Crime"}], TMDB_GENRES) == ("Crime",)
    assert genres_of([{"id": 80, "name": "Krimi"}], TMDB_GENRES) == ("Crime",)


def test_names_with_brackets_and_slashes_are_names():
    assert genres_of("(Romantic) Comedy, Sci-Fi/Fantasy", {}) == (
        "(Romantic) Comedy",
        "Sci-Fi/Fantasy",
    )


@given(
    st.lists(st.sampled_from(["Children's", "Sci-Fi", 'a "b"', "剧情", "TV Movie"]), unique=True)
)
def test_what_python_writes_for_the_genres_of_a_film_is_read_again(genres):
    for written in (str(genres), str(tuple(genres)), json.dumps(genres)):
        assert genres_of(written, {}) == tuple(genres)

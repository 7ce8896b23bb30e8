import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.errors import FilmError, UsageError
from posterplot.films import Film, GenreVocabulary

NAMES = ("Action", "Film Noir", "Sci-Fi")


def test_a_film_has_a_poster_or_an_overview():
    with pytest.raises(FilmError, match=r"films.csv row 3: has neither"):
        Film("a", source="films.csv row 3")
    assert Film("a", overview="x").modalities == ("overview",)
    assert Film("a", poster=b"x").modalities == ("poster",)


@pytest.mark.parametrize("empty", [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_empty_cells_of_data_frames_are_missing(empty):
    film = Film("a", empty, overview=empty, poster=b"x")
    assert (film.title, film.overview) == ("", None)
    with pytest.raises(FilmError, match="has neither"):
        Film("a", overview=empty)


@pytest.mark.parametrize("value", [3, 1.5, b"x", ["x"], np.zeros(2)])
@pytest.mark.parametrize("name", ["title", "overview"])
def test_texts_of_other_types_are_refused(name, value):
    with pytest.raises(UsageError, match=f"the {name} of a film is of the type"):
        Film("a", **{"poster": b"x", name: value})


def test_a_film_can_be_reduced_to_some_inputs():
    film = Film("a", "Night", overview="x", poster=b"x")
    shown = {m: film.only(m) for m in ("poster", "overview", "title")}
    assert {m: (f.poster, f.overview, f.title) for m, f in shown.items()} == {
        "poster": (b"x", None, ""),
        "overview": (None, "x", "Night"),
        "title": (b"x", None, "Night"),
    }
    assert Film("a", overview="x").only("poster") is None
    assert Film("a", "Night", overview="x").only("title") is None
    assert Film("a", poster=b"x").only("title") is None


@given(st.lists(st.sets(st.sampled_from(NAMES)).map(lambda s: tuple(sorted(s)))))
def test_decode_undoes_encode(genres):
    vocabulary = GenreVocabulary(NAMES)
    targets = vocabulary.encode(genres)
    assert targets.shape == (len(genres), 3)
    assert targets.dtype == np.float32
    assert vocabulary.decode(targets > 0) == genres


def test_unknown_genres_are_left_out():
    assert GenreVocabulary(NAMES).encode([("Action", "Opera")]).tolist() == [[1, 0, 0]]


@pytest.mark.parametrize("names", [("A", "A"), ("A", "")])
def test_a_vocabulary_has_distinct_names(names):
    with pytest.raises(ValueError, match="distinct"):
        GenreVocabulary(names)

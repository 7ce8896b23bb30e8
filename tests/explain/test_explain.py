from dataclasses import replace

import numpy as np
import pytest

from posterplot.errors import FilmError, UsageError
from posterplot.explain.explain import explain, genre_positions
from posterplot.explain.methods.scores import Scores
from posterplot.films import Film
from posterplot.inference.predictor import Predictor
from tests.conftest import GENRES, poster_bytes

POSTER = poster_bytes(("Action",), 3)
FILM = Film("a", title="Blast", overview="gun chase kiss", poster=POSTER)


def test_probabilities_are_those_of_predict(joint):
    (predicted,) = joint.predict([FILM])
    result = explain(joint, FILM, genres=GENRES)
    assert result.genres == predicted.genres
    assert result.modalities == predicted.modalities
    probabilities = {e.genre: e.probability for e in result.explanations}
    assert probabilities == pytest.approx(predicted.probabilities, abs=1e-6)
    for e in result.explanations:
        assert e.decided == (e.probability >= e.threshold) == (e.genre in result.genres)


def _titled(joint):
    """The joint model, reading titles instead of overviews too."""
    decisions = joint.bundle.manifest.decisions_by_modality | {
        "title": joint.bundle.manifest.decisions
    }
    manifest = joint.bundle.manifest.model_copy(update={"decisions_by_modality": decisions})
    return Predictor(replace(joint.bundle, manifest=manifest))


@pytest.mark.parametrize("model", ["joint", "fused", "titled"])
def test_without_an_input_the_genres_are_those_predicted_without_it(request, model):
    predictor = _titled(request.getfixturevalue("joint")) if model == "titled" else None
    predictor = predictor or request.getfixturevalue(model)
    for seed in range(8):
        film = replace(FILM, title=f"Letter {seed}", poster=poster_bytes(("Drama",), seed))
        explained = explain(predictor, film)
        assert set(explained.without) == {"poster", "overview"}
        for modality, genres in explained.without.items():
            (predicted,) = predictor.predict([film.without(modality)])
            assert genres == predicted.genres


def test_a_read_film_is_not_read_again(joint, monkeypatch):
    read = joint.read(FILM)
    expected = explain(joint, FILM)
    monkeypatch.setattr(joint.reader, "read", None)
    assert explain(joint, read).genres == expected.genres
    assert explain(joint, read).text == expected.text


def test_the_predicted_genres_or_the_most_probable_one_are_explained(joint, lstm):
    for predictor in (joint, lstm):
        for seed in range(6):
            film = Film("a", overview=f"word{seed} gun letter", poster=POSTER)
            result = explain(predictor, film)
            (predicted,) = predictor.predict([film])
            surest = max(predicted.probabilities, key=predicted.probabilities.__getitem__)
            assert tuple(e.genre for e in result.explanations) == (result.genres or (surest,))


@pytest.mark.parametrize("left", ["poster", "overview"])
def test_a_film_with_one_modality(joint, left):
    result = explain(joint, FILM.only(left), genres=["Drama"])
    (e,) = result.explanations
    assert result.without == {}
    assert result.modalities == (left,)
    if left == "poster":
        assert (result.text, e.words, e.overview_method) == (None, None, None)
        assert e.share.overview == 0.0
        assert e.poster.shape == (3, 2)
    else:
        assert (e.poster, e.poster_method, e.share.poster) == (None, None, 0.0)
        assert result.text == "gun chase kiss"


def test_a_title_replaces_a_missing_overview(joint):
    titled = _titled(joint)
    film = Film("a", title="Gun &amp; Kiss", poster=POSTER)
    result = explain(titled, film, genres=["Drama"])
    (e,) = result.explanations
    assert (result.modalities, result.text) == (("poster", "title"), "Gun & Kiss.")
    assert [result.text[w.start : w.end] for w in e.words] == ["Gun", "Kiss"]
    logits = titled.run([titled.read(film).inputs])["logits"][0, GENRES.index("Drama")]
    assert e.share.base + e.share.poster + e.share.overview == pytest.approx(logits, abs=1e-5)
    (without,) = titled.predict([film.only("poster")])
    assert result.without == {"title": without.genres}  # a title by itself is not predicted


def test_spans_point_into_the_text_that_was_read(joint):
    result = explain(joint, Film("a", overview=" <b>Gun</b>,  chase &amp; kiss "), genres=["Drama"])
    assert result.text == "Gun , chase & kiss"
    words = [result.text[w.start : w.end] for w in result.explanations[0].words]
    assert words == ["Gun", "chase", "kiss"]


def test_gradient_scorers_can_be_used_in_explanations(joint):
    requested = []

    def score(inputs, genres):
        requested.append(list(genres))
        return Scores(np.ones((len(genres), 2, 2), np.float32), None)

    result = explain(
        joint,
        FILM,
        genres=["Romance", "Action"],
        methods={"poster": "grad-cam", "overview": "evidence"},
        scorers={"grad-cam": score},
    )
    assert requested == [[2, 0]]
    assert [e.genre for e in result.explanations] == ["Romance", "Action"]
    for e in result.explanations:
        assert (e.poster_method, e.overview_method) == ("grad-cam", "evidence")
        assert e.poster.tolist() == [[1, 1], [1, 1]]


def test_a_method_without_scores_is_not_listed(joint):
    result = explain(
        joint,
        FILM,
        methods={"poster": "integrated-gradients", "overview": "integrated-gradients"},
        scorers={"integrated-gradients": lambda *_: Scores(None, None)},
    )
    e = result.explanations[0]
    assert (e.poster, e.words, e.poster_method, e.overview_method) == (None, None, None, None)


def test_a_film_without_usable_inputs_is_rejected(lstm):
    with pytest.raises(FilmError, match="reads overviews"):
        explain(lstm, Film("a", poster=POSTER))


@pytest.mark.parametrize(
    ("name", "message"),
    [("Dramma", "the nearest: Drama"), ("Romanse", "nearest: Romance"), ("Xyz", "it knows Action")],
)
def test_a_genre_that_is_not_known(name, message):
    with pytest.raises(UsageError, match=f"genre '{name}'; .*{message}"):
        genre_positions(GENRES, ["Action", name])


def test_genres_named_twice_are_explained_once():
    assert genre_positions(GENRES, ["Romance", "Action", "romance"]) == [2, 0]


@pytest.mark.parametrize("name", ["science fiction", "scifi", "sci fi", "SF", "SCI-FI", "sci_fi"])
def test_genres_are_found_as_people_call_them(name):
    assert genre_positions(("Drama", "Sci-Fi"), [name]) == [1]
    assert genre_positions(("Drama", "Science Fiction"), [name]) == [1]


def test_a_name_that_stands_for_two_genres_names_both():
    with pytest.raises(UsageError, match="'rom com'; the nearest: Romance, Comedy"):
        genre_positions(("Comedy", "Romance"), ["rom com"])

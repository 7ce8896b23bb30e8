import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnxruntime import InferenceSession

from posterplot.explain.shapley import empty_logits, modality_share, single_inputs
from posterplot.films import Film
from posterplot.inference.reader import FilmInputs
from tests.conftest import GENRES, overview_of, poster_bytes


def _game(predictor, inputs):
    shown = {inputs.modalities: inputs, **single_inputs(inputs)}
    game = {m: predictor.run([some])["logits"][0] for m, some in shown.items()}
    return {(): empty_logits(predictor), **game}


def test_shares_by_hand():
    game = {
        (): np.array([1.0]),
        ("poster",): np.array([3.0]),
        ("overview",): np.array([0.0]),
        ("poster", "overview"): np.array([6.0]),
    }
    share = modality_share(game, ("poster", "overview"), 0)
    # the poster adds 2 if it comes first and 6 if second, the overview -1 and 3
    assert (share.base, share.poster, share.overview) == (1.0, 4.0, 1.0)


@pytest.mark.parametrize("model", ["joint", "fused"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    genres=st.lists(st.sampled_from(GENRES), min_size=1, max_size=3, unique=True),
    seed=st.integers(0, 999),
    modalities=st.sampled_from([("poster",), ("overview",), ("poster", "overview")]),
)
def test_shares_add_up_to_the_logit(request, model, genres, seed, modalities):
    predictor = request.getfixturevalue(model)
    film = Film(
        "a",
        overview=overview_of(tuple(genres), seed) if "overview" in modalities else None,
        poster=poster_bytes(tuple(genres), seed) if "poster" in modalities else None,
    )
    inputs = predictor.read(film).inputs
    whole = predictor.run([inputs])["logits"][0]
    game = _game(predictor, inputs)
    for g in range(len(GENRES)):
        share = modality_share(game, inputs.modalities, g)
        assert share.base + share.poster + share.overview == pytest.approx(whole[g], abs=1e-4)
        for absent in {"poster", "overview"} - set(modalities):
            assert getattr(share, absent) == 0.0


@pytest.mark.parametrize("model", ["joint", "fused", "lstm"])
def test_the_base_does_not_depend_on_the_film(request, model):
    """Whatever stands behind the masks, and whatever films are in the batch, v(∅) is the same."""
    predictor = request.getfixturevalue(model)
    base = empty_logits(predictor)
    inputs = predictor.read(
        Film("a", overview="gun chase", poster=poster_bytes(("Action",), 3))
    ).inputs
    assert predictor.run([inputs, FilmInputs(None, None)])["logits"][1] == pytest.approx(base)
    session = InferenceSession(str(predictor.bundle.graph), providers=["CPUExecutionProvider"])
    names = {node.name for node in session.get_inputs()}
    rng = np.random.default_rng(0)
    size = predictor.bundle.manifest.poster
    for _ in range(3):
        hidden = {
            "tokens": rng.integers(1, 9, (1, 5)),
            "token_mask": np.zeros((1, 5), np.bool_),
            "poster_present": np.zeros(1, np.bool_),
        }
        if size is not None:
            hidden["posters"] = rng.integers(0, 256, (1, 3, size.height, size.width), np.uint8)
        feed = {name: value for name, value in hidden.items() if name in names}
        assert session.run(["logits"], feed)[0][0] == pytest.approx(base, abs=1e-5)


def test_the_base_of_late_fusion_is_the_share_of_each_genre_in_train(fused, dataset):
    genres = [film.genres for film in dataset.films("train")]
    films = fused.bundle.vocabulary.encode(genres).sum(axis=0)
    share = (films + 0.5) / (len(genres) + 1)
    assert empty_logits(fused) == pytest.approx(np.log(share / (1 - share)), abs=1e-5)


def test_one_batch_of_all_four_subsets_gives_the_same_logits(joint):
    inputs = joint.read(Film("a", overview="gun chase", poster=poster_bytes(("Action",), 3))).inputs
    four = [FilmInputs(None, None), inputs, *single_inputs(inputs).values()]
    together = joint.run(four)["logits"]
    apart = _game(joint, inputs)
    assert np.allclose(together, list(apart.values()), atol=1e-5)


def test_a_film_of_one_modality_has_no_subsets():
    assert single_inputs(FilmInputs(None, np.array([1]))) == {}

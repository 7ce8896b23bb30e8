import numpy as np
import pytest
from tests.conftest import poster_bytes

from posterplot.explain.methods.graph_scores import graph_scorer, score_outputs
from posterplot.films import Film
from posterplot.inference.reader import FilmInputs

FILM = Film("a", overview="gun chase kiss", poster=poster_bytes(("Action",), 3))


def test_attention_of_a_genre_sums_to_one_over_both(joint):
    inputs = joint.read(FILM).inputs
    scores = graph_scorer(joint, "attention")(inputs, [2, 0])
    rows, columns = scores.poster.shape[1:]
    assert scores.poster.shape[0] == 2
    assert (rows, columns) == (3, 2)  # 24 x 16 pixels, halved three times
    assert scores.overview.shape == (2, 3)
    assert scores.poster.sum(axis=(1, 2)) + scores.overview.sum(axis=1) == pytest.approx(1.0)


def test_scores_are_those_of_the_requested_genres(joint):
    inputs = joint.read(FILM).inputs
    raw = joint.run([inputs], ["poster_evidence", "overview_evidence"])
    scores = graph_scorer(joint, "evidence")(inputs, [2, 0])
    assert np.array_equal(scores.poster[0].ravel(), raw["poster_evidence"][0, 2])
    assert np.array_equal(scores.overview[1], raw["overview_evidence"][0, 0])


def test_missing_inputs_are_not_scored(joint):
    inputs = joint.read(FILM).inputs
    score = graph_scorer(joint, "evidence")
    assert score(FilmInputs(inputs.poster, None), [0]).overview is None
    assert score(FilmInputs(None, inputs.tokens), [0]).poster is None


def test_a_graph_with_only_logits_has_no_scores(fused):
    inputs = fused.read(FILM).inputs
    assert score_outputs(fused) == ()
    assert graph_scorer(fused, "evidence")(inputs, [0]) == (None, None)

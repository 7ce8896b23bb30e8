import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from posterplot.evaluation.metrics import measure, reliability


def _case(seed: int, films: int = 40, genres: int = 5, ties: bool = True):
    rng = np.random.default_rng(seed)
    targets = rng.random((films, genres)) < 0.35
    targets[0] = True  # every genre has a film
    probabilities = rng.random((films, genres))
    if ties:
        probabilities = probabilities.round(1)
    return targets, probabilities, probabilities >= 0.5


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_overall_metrics_are_those_of_scikit_learn(seed):
    targets, probabilities, decisions = _case(seed)
    ours = measure(targets, probabilities, decisions, np.ones((1, len(targets)))).overall
    for mean in ("micro", "macro", "weighted", "samples"):
        p, r, f, _ = oracle.precision_recall_fscore_support(
            targets, decisions, average=mean, zero_division=0
        )
        assert ours[f"{mean}_precision"][0] == pytest.approx(p)
        assert ours[f"{mean}_recall"][0] == pytest.approx(r)
        assert ours[f"{mean}_f1"][0] == pytest.approx(f)
    assert ours["mAP"][0] == pytest.approx(
        oracle.average_precision_score(targets, probabilities, average="macro")
    )
    assert ours["micro_AP"][0] == pytest.approx(
        oracle.average_precision_score(targets, probabilities, average="micro")
    )
    assert ours["hamming_loss"][0] == pytest.approx(oracle.hamming_loss(targets, decisions))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_weights_are_sample_weights(seed):
    targets, probabilities, decisions = _case(seed)
    weights = np.random.default_rng(seed).integers(0, 4, size=len(targets)).astype(float)
    weights[0] = 1
    ours = measure(targets, probabilities, decisions, weights[None])
    assert ours.per_genre["average_precision"][0] == pytest.approx(
        oracle.average_precision_score(targets, probabilities, average=None, sample_weight=weights)
    )
    assert ours.overall["samples_f1"][0] == pytest.approx(
        oracle.f1_score(
            targets, decisions, average="samples", sample_weight=weights, zero_division=0
        )
    )


def test_many_weightings_equal_single_ones():
    targets, probabilities, decisions = _case(3)
    weights = np.random.default_rng(0).integers(0, 3, size=(7, len(targets))).astype(float)
    together = measure(targets, probabilities, decisions, weights).overall
    for n, row in enumerate(weights):
        alone = measure(targets, probabilities, decisions, row[None]).overall
        for name, values in together.items():
            assert values[n] == pytest.approx(alone[name][0])


def test_a_genre_without_a_film_is_left_out_of_macro_means():
    targets = np.array([[1, 0], [0, 0]], dtype=bool)
    probabilities = np.array([[0.9, 0.8], [0.1, 0.7]])
    measured = measure(targets, probabilities, probabilities >= 0.5, np.ones((1, 2)))
    assert measured.per_genre["support"][0].tolist() == [1, 0]
    assert np.isnan(measured.per_genre["f1"][0, 1])
    assert measured.overall["macro_f1"][0] == 1.0
    assert measured.overall["mAP"][0] == 1.0
    # its two wrong decisions still count where all decisions are counted together
    assert measured.overall["micro_precision"][0] == pytest.approx(1 / 3)


def test_expected_calibration_error_by_hand():
    targets = np.array([[1], [0], [1], [1]], dtype=bool)
    probabilities = np.array([[0.25], [0.25], [0.95], [0.95]])
    # bin 0.2: mean 0.25, truth 0.5, half of the films; bin 0.9: mean 0.95, truth 1
    expected = 0.5 * 0.25 + 0.5 * 0.05
    measured = measure(targets, probabilities, probabilities >= 0.5, np.ones((1, 4)))
    assert measured.overall["ECE"][0] == pytest.approx(expected)
    rows = reliability(targets, probabilities)
    assert [(r["low"], r["probability"], r["share"], r["pairs"]) for r in rows] == [
        (0.2, 0.25, 0.5, 2),
        (0.9, 0.95, 1.0, 2),
    ]

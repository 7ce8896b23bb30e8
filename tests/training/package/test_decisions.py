import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from posterplot.training.package.decisions import fit_decisions, fit_thresholds

GRID = np.linspace(0.02, 0.98, 97)


def _films(seed, films=1500, genres=6, scale=1.0, offset=0.0):
    """Logits whose true probabilities are sigmoid(z), distorted by scale and offset."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 1.5, (films, genres))
    targets = (rng.random((films, genres)) < 1 / (1 + np.exp(-z))).astype(float)
    return (z - offset) / scale, targets, z


def test_calibrated_logits_are_hardly_changed():
    logits, targets, _ = _films(0)
    decisions, _ = fit_decisions(logits, targets)
    assert np.abs(decisions.probabilities(logits) - 1 / (1 + np.exp(-logits))).mean() < 0.03


def test_temperature_is_found():
    logits, targets, _ = _films(1, scale=0.4)
    decisions, figures = fit_decisions(logits, targets)
    assert figures["log_loss"]["temperature"] < figures["log_loss"]["none"]
    assert decisions.calibration in ("temperature", "platt")
    assert np.mean(decisions.scale) == pytest.approx(0.4, rel=0.1)


def test_platt_undoes_a_scale_and_an_offset_a_genre():
    offset = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
    logits, targets, z = _films(2, films=4000, scale=0.5, offset=offset)
    decisions, _ = fit_decisions(logits, targets)
    assert decisions.calibration == "platt"
    true = 1 / (1 + np.exp(-z))
    assert np.abs(decisions.probabilities(logits) - true).mean() < 0.03


def test_the_global_threshold_is_the_best_on_the_grid():
    _, targets, z = _films(3, films=300)
    p = 1 / (1 + np.exp(-z))
    fitted = fit_thresholds(p, targets)["global"]
    assert (fitted == fitted[0]).all()

    def score(threshold):
        decided = p >= threshold
        return f1_score(targets, decided, average="micro") + f1_score(
            targets, decided, average="macro"
        )

    assert score(fitted[0]) == pytest.approx(max(score(t) for t in GRID))


def test_a_genre_without_a_film_has_the_global_threshold():
    _, targets, z = _films(4, films=200)
    targets[:, 2] = 0
    thresholds = fit_thresholds(1 / (1 + np.exp(-z)), targets)
    assert thresholds["genre"][2] == thresholds["global"][2]


def test_the_threshold_of_a_single_genre_is_half_of_its_best_f1():
    # Lipton et al.: the threshold that is best for F1 is half of that F1
    _, targets, z = _films(6, films=4000, genres=1)
    p = 1 / (1 + np.exp(-z))
    (threshold,) = fit_thresholds(p, targets)["genre"]
    best = max(f1_score(targets[:, 0], p[:, 0] >= t) for t in GRID)
    assert threshold == pytest.approx(best / 2, abs=0.03)


def test_thresholds_per_genre_maximise_micro_and_macro_f1_together():
    # a rare genre and a common one: every pair of thresholds, by the F1 that is to be expected
    rng = np.random.default_rng(8)
    p = 1 / (1 + np.exp(-rng.normal([-3.5, 0], 1.5, (400, 2))))
    targets = (rng.random(p.shape) < p).astype(float)

    def score(thresholds):
        decided = p >= np.asarray(thresholds)
        hits, size = (decided * p).sum(axis=0), decided.sum(axis=0) + p.sum(axis=0)
        return 2 * hits.sum() / size.sum() + (2 * hits / size).mean()

    fitted = fit_thresholds(p, targets)
    best = max((score((a, b)), a, b) for a in GRID for b in GRID)
    assert score(fitted["genre"]) == pytest.approx(best[0], abs=1e-12)
    assert fitted["genre"][0] < fitted["genre"][1]


def test_thresholds_per_genre_are_better_than_a_global_one():
    rng = np.random.default_rng(9)
    p = 1 / (1 + np.exp(-rng.normal([-3.5, -2, 0], 1.5, (6000, 3))))
    seen, unseen = ((rng.random(p.shape) < p).astype(float) for _ in range(2))
    mean = {
        rule: sum(f1_score(unseen, p >= values, average=a) for a in ("micro", "macro")) / 2
        for rule, values in fit_thresholds(p, seen).items()
    }
    assert mean["genre"] > mean["global"] + 0.003 > mean["half"]


def test_every_rule_is_stored_and_thresholds_per_genre_decide():
    logits, targets, z = _films(7, films=3000)
    decisions, figures = fit_decisions(logits, targets)
    assert decisions.rule == "genre"
    assert set(decisions.thresholds) == {"half", "global", "genre"}
    for rule, figure in figures[
        "mean_of_micro_and_macro_f1"
    ].items():  # cross-fitted, so a bit less
        decided = 1 / (1 + np.exp(-z)) >= decisions.thresholds[rule]
        f1 = [f1_score(targets, decided, average=a) for a in ("micro", "macro")]
        assert figure == pytest.approx(np.mean(f1), abs=0.01)


@given(st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_thresholds_and_probabilities_lie_in_their_range(seed):
    logits, targets, _ = _films(seed, films=60, scale=0.2)
    decisions, _ = fit_decisions(logits, targets)
    probabilities = decisions.probabilities(logits * 100)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    for values in decisions.thresholds.values():
        assert all(0 < value < 1 for value in values)


@pytest.mark.parametrize("films", [2, 9])
def test_fewer_than_ten_films_do_not_change_the_logits(films):
    logits, targets, _ = _films(7, films=films, genres=2, scale=0.1)
    decisions, figures = fit_decisions(logits, targets)
    assert decisions.calibration == "none"
    assert list(figures["log_loss"]) == ["none"]


def test_a_few_films_are_enough():
    logits, targets, _ = _films(5, films=3, genres=2)
    decisions, _ = fit_decisions(logits, targets)
    assert np.isfinite(decisions.probabilities(logits)).all()

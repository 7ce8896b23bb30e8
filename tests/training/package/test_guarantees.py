import numpy as np
import pytest

from posterplot.training.package.guarantees import (
    CONFIDENCE,
    LEVELS,
    _last_rejected,
    fit_guarantees,
)


def _population(films, seed=0):
    """Calibrated probabilities, and genres drawn by them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.beta(0.3, 0.9, size=(films, 8))
    return probabilities, (rng.random(probabilities.shape) < probabilities).astype(float)


def _precision(probabilities, targets, threshold):
    named = probabilities >= threshold
    return targets[named].mean()


def _recall(probabilities, targets, threshold):
    return (probabilities >= threshold)[targets > 0].mean()


def test_the_guarantee_holds_as_often_as_stated():
    population = _population(5_000)
    share = {"precision": _precision, "recall": _recall}
    kept = {(kind, level): [] for kind in share for level in (0.8, 0.9)}
    rng = np.random.default_rng(1)
    for _ in range(40):
        drawn = rng.integers(0, 5_000, 300)
        fitted = fit_guarantees(*(part[drawn] for part in population))
        for kind, level in kept:
            threshold = fitted.threshold(kind, level)
            kept[kind, level].append(
                threshold is None or share[kind](*population, threshold) >= level
            )
    for guarantee, all_kept in kept.items():
        # of 40 draws 36 are expected; 31 or fewer come by chance once in 60
        assert sum(all_kept) >= 32, guarantee


def test_a_higher_level_names_fewer_genres_or_more():
    fitted = fit_guarantees(*_population(500))
    precision = [t for t in fitted.precision if t is not None]
    recall = [t for t in fitted.recall if t is not None]
    assert precision == sorted(precision)
    assert recall == sorted(recall, reverse=True)
    assert len(recall) > 40
    assert fitted.levels == LEVELS
    assert (fitted.films, fitted.confidence) == (500, CONFIDENCE)


def test_the_threshold_reaches_the_level_on_its_own_films_with_room():
    probabilities, targets = _population(500)
    threshold = fit_guarantees(probabilities, targets).threshold("precision", 0.9)
    assert 0.9 < _precision(probabilities, targets, threshold) < 0.96


@pytest.mark.parametrize("films", [1, 3, 10])
def test_few_films_guarantee_no_precision(films):
    fitted = fit_guarantees(*_population(films))
    assert set(fitted.precision[40:]) == {None}  # levels from 0.9 on


def test_labels_that_the_model_does_not_know_guarantee_nothing():
    probabilities, _ = _population(500)
    targets = (np.random.default_rng(2).random(probabilities.shape) < 0.2).astype(float)
    assert set(fit_guarantees(probabilities, targets).precision) == {None}


def test_without_a_mistake_there_must_still_be_enough_named():
    probabilities = np.tile([0.9, 0.1], (60, 1))
    targets = np.tile([1.0, 0.0], (60, 1))
    fitted = fit_guarantees(probabilities, targets)
    # 60 right of 60: 0.9 could be so by chance once in 500, 0.98 three times in ten
    assert fitted.threshold("precision", 0.9) == pytest.approx(0.9)
    assert fitted.threshold("precision", 0.98) is None


def test_mistakes_among_the_first_do_not_end_all():
    """Of the 50 most probable genres four are wrong, and of the 150 after these none."""
    probabilities = np.linspace(0.99, 0.01, 400)[:, None]
    targets = np.zeros((400, 1))
    targets[4:200] = 1
    threshold = fit_guarantees(probabilities, targets).threshold("precision", 0.9)
    assert threshold is not None
    assert _precision(probabilities, targets, threshold) > 0.9


@pytest.mark.parametrize(
    ("p_values", "starts", "last"),
    [
        ([0.05, 0.05, 0.2, 0.01], [0.06, 0, 0, 0], 1),  # what follows a failure is not tested
        ([0.07, 0.01, 0.03, 0.03], [0.06, 0, 0.04, 0], 3),  # but from the second start on
        ([0.05, 0.09, 0.09], [0.06, 0.04, 0], 2),  # both levels together
        ([0.07, 0.05], [0.06, 0.04], None),
    ],
)
def test_hypotheses_are_rejected_from_each_start(p_values, starts, last):
    assert _last_rejected(np.array(p_values), np.array(starts)) == last

import numpy as np
import pytest

from posterplot.audit.suspicion import NoiseRates, noise_rates, suspicion


def test_by_hand():
    labels = np.array([[True, False]])
    probabilities = np.array([[0.1, 0.8]])
    rates = NoiseRates(added=0.02, lost=0.2)
    given, missing = suspicion(labels, probabilities, rates)[0]
    assert given == pytest.approx(0.02 * 0.9 / (0.02 * 0.9 + 0.8 * 0.1))
    assert missing == pytest.approx(0.2 * 0.8 / (0.2 * 0.8 + 0.98 * 0.2))


def test_films_with_the_largest_number_of_genres_are_less_suspected():
    labels = np.array([[True, True, False], [True, False, False]])
    probabilities = np.full((2, 3), 0.6)
    rates = NoiseRates(0.02, 0.2)
    free, habit = (suspicion(labels, probabilities, rates, most) for most in (None, 2))
    assert habit[0, 2] == pytest.approx(free[0, 2] / 10)
    assert np.array_equal(habit[1], free[1])
    assert np.array_equal(habit[0, :2], free[0, :2])


def test_probabilities_of_0_and_1_do_not_divide_by_zero():
    labels = np.array([[True, False], [True, False]])
    probabilities = np.array([[0.0, 1.0], [1.0, 0.0]])
    doubts = suspicion(labels, probabilities, NoiseRates(0.1, 0.1))
    assert doubts[0] == pytest.approx([1, 1])
    assert doubts[1] == pytest.approx([0, 0])


def test_corrupted_labels_are_estimated_and_found():
    chance = np.random.default_rng(0)
    true = chance.random((2000, 4)) < 0.3
    probabilities = np.where(true, 0.9, 0.05)
    lost = true & (chance.random(true.shape) < 0.2)
    added = ~true & (chance.random(true.shape) < 0.04)
    given = true ^ lost ^ added
    rates = noise_rates(given, probabilities)
    assert rates.lost == pytest.approx(0.2, abs=0.05)
    assert rates.added == pytest.approx(0.04, abs=0.02)
    doubts = suspicion(given, probabilities, rates)
    wrong = lost | added
    first = np.argsort(-doubts, axis=None)[: wrong.sum()]
    assert wrong.ravel()[first].all()

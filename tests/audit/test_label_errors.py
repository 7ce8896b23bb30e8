import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.audit.label_errors import (
    NoiseRates,
    can_estimate,
    estimate_label_errors,
    fit_to_catalogue,
    label_error_probabilities,
    noise_rates,
)


def test_by_hand():
    labels = np.array([[True, False]])
    probabilities = np.array([[0.1, 0.8]])
    rates = NoiseRates(added=0.02, lost=0.2)
    given, missing = label_error_probabilities(labels, probabilities, rates)[0]
    assert given == pytest.approx(0.02 * 0.9 / (0.02 * 0.9 + 0.8 * 0.1))
    assert missing == pytest.approx(0.2 * 0.8 / (0.2 * 0.8 + 0.98 * 0.2))


def test_films_with_the_largest_number_of_genres_less_often_lack_one():
    labels = np.array([[True, True, False], [True, False, False]])
    probabilities = np.full((2, 3), 0.6)
    rates = NoiseRates(0.02, 0.2)
    free, habit = (
        label_error_probabilities(labels, probabilities, rates, full)
        for full in (None, np.array([True, False]))
    )
    assert habit[0, 2] == pytest.approx(free[0, 2] / 10)
    assert np.array_equal(habit[1], free[1])
    assert np.array_equal(habit[0, :2], free[0, :2])


def test_probabilities_of_0_and_1_do_not_divide_by_zero():
    labels = np.array([[True, False], [True, False]])
    probabilities = np.array([[0.0, 1.0], [1.0, 0.0]])
    errors = label_error_probabilities(labels, probabilities, NoiseRates(0.1, 0.1))
    assert errors[0] == pytest.approx([1, 1])
    assert errors[1] == pytest.approx([0, 0])


def test_corrupted_labels_are_estimated_and_found():
    chance = np.random.default_rng(0)
    true = chance.random((2000, 4)) < 0.3
    probabilities = np.where(true, 0.9, 0.05)
    lost = true & (chance.random(true.shape) < 0.2)
    added = ~true & (chance.random(true.shape) < 0.04)
    labels = true ^ lost ^ added
    rates = noise_rates(labels, probabilities)
    assert rates.lost == pytest.approx(0.2, abs=0.05)
    assert rates.added == pytest.approx(0.04, abs=0.02)
    errors = label_error_probabilities(labels, probabilities, rates)
    wrong = lost | added
    first = np.argsort(-errors, axis=None)[: wrong.sum()]
    assert wrong.ravel()[first].all()


def catalogue_of_three(films=300):
    """Films that have three of eight genres, and a model that hardly knows them."""
    chance = np.random.default_rng(0)
    labels = np.zeros((films, 8), bool)
    for row in labels:
        row[chance.choice(8, 3, replace=False)] = True
    probabilities = np.clip(np.where(labels, 0.5, 0.3) + chance.normal(0, 0.1, labels.shape), 0, 1)
    return labels, probabilities


def test_probabilities_are_fitted_to_the_number_of_genres():
    labels, probabilities = catalogue_of_three()
    labels[0, labels[0].argmax()] = False  # lacks one
    labels[1, labels[1].argmin()] = True  # has one too many
    fitted = fit_to_catalogue(labels, probabilities)
    assert ((fitted >= 0) & (fitted <= 1)).all()
    others = labels.sum(axis=1, keepdims=True) - labels
    assert fitted[others == 2].min() > fitted[others == 3].max()
    assert fitted[2:][labels[2:]].mean() > 0.9


def test_a_film_with_too_few_or_too_many_genres_is_found_first():
    labels, probabilities = catalogue_of_three()
    removed, added = labels[:5].argmax(axis=1), labels[5:10].argmin(axis=1)
    labels[range(5), removed] = False
    labels[range(5, 10), added] = True
    _, errors = estimate_label_errors(labels, probabilities)
    first = {int(n) for n in np.argsort(-errors, axis=None)[:40] // 8}
    assert set(range(5)) <= first
    assert len(first & set(range(5, 10))) >= 3


def test_genres_that_all_films_have_or_none_are_not_reported():
    labels, probabilities = catalogue_of_three()
    labels[:, 0], labels[:, 1] = True, False
    _, errors = estimate_label_errors(labels, probabilities)
    assert (errors[:, :2] == 0).all()
    assert (errors[:, 2:] > 0).any()


def test_labels_that_hardly_differ_cannot_be_estimated():
    same = np.zeros((30, 3), bool)
    same[:, 1] = True
    assert not can_estimate(same)
    one = same.copy()
    one[3, 2] = True  # no fold without this film has the genre
    assert not can_estimate(one)
    one[8, 2] = True  # held out together with the first
    assert not can_estimate(one)
    one[4, 2] = True
    assert can_estimate(one)
    assert not can_estimate(~same | same)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_all_labels_that_can_be_estimated_are(seed):
    rng = np.random.default_rng(seed)
    labels = rng.random((rng.integers(20, 40), rng.integers(1, 5))) < rng.choice([0.03, 0.5, 0.97])
    labels[~labels.any(axis=1), 0] = True
    probabilities = rng.random(labels.shape).round(1)
    if can_estimate(labels):
        rates, errors = estimate_label_errors(labels, probabilities, labels.sum(axis=1) >= 2)
        assert all(0 <= rate <= 1 for rate in rates)
        assert ((errors >= 0) & (errors <= 1)).all()

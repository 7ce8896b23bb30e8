import numpy as np
import pytest

from posterplot.evaluation.intervals import interval, resamples


def test_the_first_row_is_the_sample_itself_and_each_row_weighs_as_much():
    weights = resamples(20, replicates=50)
    assert weights.shape == (51, 20)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 20).all()


def test_the_interval_of_a_mean_is_that_of_the_normal_law():
    values = np.random.default_rng(1).normal(size=400)
    weights = resamples(400)
    found = interval(weights @ values / 400)
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert abs(found.low - (values.mean() - half)) < 0.02
    assert abs(found.high - (values.mean() + half)) < 0.02


def test_replicates_without_the_figure_are_left_out():
    found = interval(np.array([0.5, np.nan, 0.4, 0.6]))
    assert 0.4 <= found.low <= found.high <= 0.6

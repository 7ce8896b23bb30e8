import tracemalloc

import numpy as np
import pytest

from posterplot.evaluation.intervals import Resamples, percentile_interval
from posterplot.evaluation.metrics import measure


def weights_of(resamples: Resamples, rows: int) -> np.ndarray:
    return np.concatenate(list(resamples.blocks(rows)))


def test_the_first_row_is_the_sample_itself_and_every_row_has_the_same_sum():
    weights = weights_of(Resamples(20, replicates=50), 7)
    assert weights.shape == (51, 20)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 20).all()


@pytest.mark.parametrize("rows", [1, 7, 50, 1000])
def test_the_weights_do_not_depend_on_the_blocks(rows):
    whole = np.random.default_rng(3).multinomial(20, np.full(20, 1 / 20), size=50)
    assert (weights_of(Resamples(20, 50, seed=3), rows)[1:] == whole).all()


def test_measuring_never_holds_all_resamples_at_once(monkeypatch):
    """1,000 resamples of 60,000 films take 480 MB as one array; blocks take a few rows each."""
    films = 60_000
    sizes = []
    draw = Resamples.blocks

    def watched(self, rows):
        for block in draw(self, rows):
            sizes.append(block.nbytes)
            yield block

    monkeypatch.setattr(Resamples, "blocks", watched)
    rng = np.random.default_rng(0)
    targets, probabilities = rng.random((films, 21)) < 0.3, rng.random((films, 21))
    tracemalloc.start()
    measure(targets, probabilities, probabilities >= 0.5, Resamples(films, replicates=4))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert max(sizes) <= 3 * films * 8
    assert peak < 480e6


def test_the_interval_of_a_mean_is_that_of_the_normal_law():
    values = np.random.default_rng(1).normal(size=400)
    weights = weights_of(Resamples(400), 64)
    interval = percentile_interval(weights @ values / 400)
    half = 1.96 * values.std() / 20
    assert interval.value == pytest.approx(values.mean())
    assert abs(interval.low - (values.mean() - half)) < 0.02
    assert abs(interval.high - (values.mean() + half)) < 0.02


def test_replicates_without_the_metric_are_left_out():
    interval = percentile_interval(np.array([0.5, np.nan, 0.4, 0.6]))
    assert 0.4 <= interval.low <= interval.high <= 0.6

"""How sure a figure is: bootstrap intervals over films (Efron and Tibshirani, 1993)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

REPLICATES = 1000
LEVEL = 0.95


class Interval(NamedTuple):
    """A figure and its percentile interval."""

    value: float
    low: float
    high: float


def resamples(films: int, *, replicates: int = REPLICATES, seed: int = 0) -> NDArray[np.float64]:
    """Draw bootstrap weights: how often each film stands in each resample.

    Drawn from the seed alone, so that two models on the same films see the same resamples, which
    is what makes a comparison a paired one.

    Returns:
        ``(1 + replicates, films)`` float64; the first row is the plain sample, all ones.

    """
    drawn = np.random.default_rng(seed).multinomial(
        films, np.full(films, 1 / films), size=replicates
    )
    return np.concatenate([np.ones((1, films)), drawn.astype(np.float64)])


def interval(values: NDArray[np.float64]) -> Interval:
    """Turn the figures of :func:`resamples`, the plain one first, into a 95 % interval.

    Replicates in which the figure does not exist (NaN) are left out.

    Args:
        values: ``(1 + replicates,)``.

    """
    drawn = values[1:][~np.isnan(values[1:])]
    if len(drawn) == 0:
        return Interval(float(values[0]), float("nan"), float("nan"))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(float(values[0]), float(low), float(high))

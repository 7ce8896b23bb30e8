"""Fit thresholds that guarantee a precision or a recall, on validation films.

This is Learn then Test (Angelopoulos et al., arXiv 2110.01052): the thresholds are tried in an
order that does not depend on the labels, starting with the safest, until the first one for which
the test does not confirm the guarantee. A precision has a second start, as in the fallback
procedure (Wiens and Dmitrienko, 2005), because the first tests are of few genres, where one mistake
more ends all. So the probability that a chosen threshold violates its guarantee is at most
1 - confidence.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm

from posterplot.inference.decisions import Guarantees

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LEVELS = tuple(round(0.01 * n, 2) for n in range(50, 100))
CONFIDENCE = 0.9
# Minimum number of predicted genres, for the normal approximation of the test.
_MIN_PREDICTED = 50
# The starts: number of errors that the level allows there -> share of 1 - confidence.
_STARTS = {5: 0.6, 10: 0.4}
_STEPS = 400  # number of thresholds that are tried


def fit_guarantees(probabilities: Floats, targets: Floats) -> Guarantees:
    """Find a threshold for every level of precision and of recall.

    With calibrated probabilities, one threshold for all genres predicts the most genres at a given
    precision.

    Args:
        probabilities: ``(N, G)``, calibrated without the film itself.
        targets: ``(N, G)`` in {0, 1}.

    Returns:
        The lowest threshold of each level of precision, the highest of each level of recall.

    """
    right = targets > 0
    ranked = np.sort(probabilities, axis=None)[::-1]
    # numbers of predicted genres to try, from the most probable ones to all
    numbers = np.linspace(min(_MIN_PREDICTED, ranked.size), ranked.size, _STEPS).astype(int)
    thresholds = ranked[np.unique(numbers) - 1]  # (C,), falling
    named = np.stack([(probabilities >= t).sum(axis=1) for t in thresholds])  # (C, N)
    hits = np.stack([((probabilities >= t) & right).sum(axis=1) for t in thresholds])
    by_named = _sums(hits, named)
    by_true = _sums(hits, np.broadcast_to(right.sum(axis=1), hits.shape))

    def precision(level: float) -> float | None:
        starts = np.zeros(len(thresholds) + 1)
        for errors, share in _STARTS.items():
            least = max(_MIN_PREDICTED, round(errors / (1 - level)))
            starts[np.searchsorted(by_named.totals, least)] += share
        last = _last_rejected(_p_values(by_named, level), (1 - CONFIDENCE) * starts[:-1])
        return None if last is None else float(thresholds[last])

    def recall(level: float) -> float | None:
        # the safest threshold is the lowest, under which everything is named
        starts = np.zeros(len(thresholds))
        starts[0] = 1 - CONFIDENCE
        last = _last_rejected(_p_values(by_true, level)[::-1], starts)
        return None if last is None else float(thresholds[::-1][last])

    return Guarantees(
        films=len(probabilities),
        confidence=CONFIDENCE,
        levels=LEVELS,
        precision=tuple(precision(level) for level in LEVELS),
        recall=tuple(recall(level) for level in LEVELS),
    )


class _Sums(NamedTuple):
    """Sums over films of their hits, their totals, and the products of these: ``(C,)`` each."""

    films: int
    hits: Counts
    totals: Counts
    hits_squared: Counts
    both: Counts
    totals_squared: Counts


def _sums(hits: Counts, totals: Counts) -> _Sums:
    products = ((hits**2).sum(axis=1), (hits * totals).sum(axis=1), (totals**2).sum(axis=1))
    return _Sums(hits.shape[1], hits.sum(axis=1), totals.sum(axis=1), *products)


def _p_values(tested: _Sums, level: float) -> Floats:
    """Test, for C thresholds, the hypothesis that the share of hits is below ``level``.

    Films are independent, but the genres of a film are not. So each film gives one number: its hits
    minus ``level`` times its total. The mean of these must be above 0 by a z-test. Because the
    z-test is not reliable if errors are few, a binomial test of all decisions must also pass.

    Args:
        tested: Sums over the films for each of C thresholds.
        level: Share in (0, 1).

    Returns:
        ``(C,)``, the larger p-value of the two tests, in [0, 1].

    """
    # the variance of hits - level * totals, from sums that do not depend on the level
    variance = tested.hits_squared - 2 * level * tested.both + level**2 * tested.totals_squared
    mean = (tested.hits - level * tested.totals) / tested.films
    error = np.sqrt(np.maximum(variance / tested.films - mean**2, 0) / tested.films)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_film = norm.sf(mean / error)  # no errors at all: 0; no hits and no totals: nan
    by_genre = binom.cdf(tested.totals - tested.hits, tested.totals, 1 - level)
    return np.asarray(np.nan_to_num(np.maximum(by_film, by_genre), nan=1.0))


def _last_rejected(p_values: Floats, starts: Floats) -> int | None:
    """Return the last hypothesis that the fallback procedure rejects; None if it rejects none.

    A hypothesis is tested at its own significance level plus that of the one before, if that was
    rejected. The sum of all their own levels bounds the probability of a false rejection.

    Args:
        p_values: ``(C,)`` in the order of the tests.
        starts: ``(C,)`` the hypotheses' own significance levels; 0 for all but the starts.

    """
    last, carried = None, 0.0
    for place, (p_value, own) in enumerate(zip(p_values, starts, strict=True)):
        carried += own
        if carried and p_value <= carried:
            last = place
        else:
            carried = 0.0
    return last

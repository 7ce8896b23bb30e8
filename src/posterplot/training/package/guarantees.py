"""Fit thresholds that guarantee a precision or a recall, on validation films.

This is Learn then Test (Angelopoulos et al., arXiv 2110.01052) with fixed-sequence testing: the
thresholds are tried in an order that does not depend on the labels, starting with the safest, until
the first one for which the test does not confirm the guarantee. So the probability that a chosen
threshold violates its guarantee is at most 1 - confidence.
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
# Minimum number of predicted genres, and of errors that the level allows, for the normal
# approximation of the test.
_MIN_PREDICTED = 50
_MIN_ERRORS = 5
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
        first = int(np.searchsorted(by_named.totals, _min_predicted(level)))
        passed = _passes(_passes_both_tests(by_named, level)[first:])
        return float(thresholds[first + passed - 1]) if passed else None

    def recall(level: float) -> float | None:
        # the safest threshold is the lowest, under which everything is named
        passed = _passes(_passes_both_tests(by_true, level)[::-1])
        return float(thresholds[len(thresholds) - passed]) if passed else None

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


def _min_predicted(level: float) -> int:
    """Return the number of predicted genres to start with; fewer could not pass the test."""
    return max(_MIN_PREDICTED, round(_MIN_ERRORS / (1 - level)))


def _passes_both_tests(tested: _Sums, level: float) -> NDArray[np.bool_]:
    """Test, for C thresholds, whether the share of hits is at least ``level``.

    Films are independent, but the genres of a film are not. So each film gives one number: its hits
    minus ``level`` times its total. The mean of these must be above 0 by a z-test. Because the
    z-test is not reliable if errors are few, a binomial test of all decisions must also pass.

    Args:
        tested: Sums over the films for each of C thresholds.
        level: Share in (0, 1).

    Returns:
        ``(C,)`` bool.

    """
    # the variance of hits - level * totals, from sums that do not depend on the level
    variance = tested.hits_squared - 2 * level * tested.both + level**2 * tested.totals_squared
    mean = (tested.hits - level * tested.totals) / tested.films
    error = np.sqrt(np.maximum(variance / tested.films - mean**2, 0) / tested.films)
    by_film = mean > norm.ppf(CONFIDENCE) * error
    by_genre = binom.cdf(tested.totals - tested.hits, tested.totals, 1 - level) <= 1 - CONFIDENCE
    return np.asarray(by_film & by_genre)


def _passes(passed: NDArray[np.bool_]) -> int:
    """Return the number of tests passed before the first failure."""
    return len(passed) if passed.all() else int(np.argmin(passed))

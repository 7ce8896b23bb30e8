"""Thresholds that guarantee a share of right decisions, fitted on validation.

This is Learn then Test (Angelopoulos et al., arXiv 2110.01052) with fixed-sequence testing: the
thresholds are tried in an order that does not depend on the labels, from the safest on, until the
first one for which the data do not show that the guarantee holds. So the chance that a chosen
threshold breaks its guarantee is at most 1 - confidence.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, norm

from posterplot.inference.decisions import Guarantees

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LEVELS = tuple(round(0.01 * n, 2) for n in range(50, 100))
CONFIDENCE = 0.9
# named genres from which on the test of a threshold, a normal approximation, can be relied on
_FEWEST_NAMED = 50
_FEWEST_MISTAKES = 5  # that the level allows in so many
_STEPS = 400  # thresholds tried


def fit_guarantees(probabilities: Floats, targets: Floats) -> Guarantees:
    """Find the thresholds, one for all genres, for every level of precision and of recall.

    With calibrated probabilities, one threshold for all genres names the most genres for a given
    share of right ones.

    Args:
        probabilities: ``(N, G)``, calibrated without the film itself.
        targets: ``(N, G)`` in {0, 1}.

    Returns:
        The lowest threshold of each level of precision, the highest of each level of recall.

    """
    right = targets > 0
    ranked = np.sort(probabilities, axis=None)[::-1]
    # so many genres are named: ever more, from the most probable on
    numbers = np.linspace(min(_FEWEST_NAMED, ranked.size), ranked.size, _STEPS).astype(int)
    thresholds = ranked[np.unique(numbers) - 1]  # (C,), falling
    named = np.stack([(probabilities >= t).sum(axis=1) for t in thresholds])  # (C, N)
    hits = np.stack([((probabilities >= t) & right).sum(axis=1) for t in thresholds])
    has = right.sum(axis=1)

    def precision(level: float) -> float | None:
        enough = named.sum(axis=1) >= _fewest(level)
        passed = _passes(_holds(hits[enough], named[enough], level))
        return float(thresholds[enough][passed - 1]) if passed else None

    def recall(level: float) -> float | None:
        # the safest threshold is the lowest, under which everything is named
        passed = _passes(_holds(hits[::-1], np.broadcast_to(has, hits.shape), level))
        return float(thresholds[len(thresholds) - passed]) if passed else None

    return Guarantees(
        films=len(probabilities),
        confidence=CONFIDENCE,
        levels=LEVELS,
        precision=tuple(precision(level) for level in LEVELS),
        recall=tuple(recall(level) for level in LEVELS),
    )


def _fewest(level: float) -> int:
    """Return how many named genres the sequence begins with: too few could not pass the test."""
    return max(_FEWEST_NAMED, round(_FEWEST_MISTAKES / (1 - level)))


def _holds(hits: Counts, of: Counts, level: float) -> NDArray[np.bool_]:
    """Test for each of C thresholds, with the confidence, that the share of hits is at least level.

    The films are independent, the genres of a film are not. Hence one number per film: its hits
    less those that the level demands, whose mean must be above 0 by the test of a normal mean. If
    mistakes are few, that is not enough: as many must also be unlikely by the binomial test.

    Args:
        hits: ``(C, N)`` right decisions of each film.
        of: ``(C, N)`` of how many.
        level: in (0, 1).

    Returns:
        ``(C,)`` bool.

    """
    films = hits.shape[1]
    gains = hits - level * of
    error = gains.std(axis=1) / np.sqrt(films)
    by_film = gains.mean(axis=1) > norm.ppf(CONFIDENCE) * error
    total = of.sum(axis=1)
    by_genre = binom.cdf(total - hits.sum(axis=1), total, 1 - level) <= 1 - CONFIDENCE
    return np.asarray(by_film & by_genre)


def _passes(passed: NDArray[np.bool_]) -> int:
    """Return how many tests in sequence are passed before the first that is not."""
    return len(passed) if passed.all() else int(np.argmin(passed))

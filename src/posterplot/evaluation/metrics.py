"""Multi-label metrics under many weightings of the films at once.

One set of weights gives the plain metric, a thousand sets a bootstrap, and a set of zeros and ones
a slice of the films. So the metric, its interval and its slices come from the same code, which
tests compare with scikit-learn. (Training uses torchmetrics; this module needs no torch.)

Shapes: N films, G genres, R weightings. A genre without a positive film under a weighting has no
recall and no average precision there: its entries are NaN, and macro means leave it out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.evaluation.intervals import Resamples

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 10
_CHUNK = 4_000_000  # numbers in memory for a chunk of weightings: 32 MB of float64


class MetricValues(NamedTuple):
    """Metrics under R weightings of the films.

    Attributes:
        overall: Metric -> ``(R,)`` float64.
        per_genre: Metric -> ``(R, G)`` float64; NaN where a genre has no positive film.

    """

    overall: dict[str, Floats]
    per_genre: dict[str, Floats]


def measure(
    targets: Bools, probabilities: Floats, decisions: Bools, weights: Floats | Resamples
) -> MetricValues:
    """Compute the metrics of predictions under R weightings of the films.

    Args:
        targets: ``(N, G)`` bool.
        probabilities: ``(N, G)`` float64 in [0, 1].
        decisions: ``(N, G)`` bool.
        weights: ``(R, N)`` float64 ≥ 0, each row with a positive sum; or bootstrap resamples,
            which are never all in memory.

    Returns:
        Overall: precision, recall and F1 as micro, macro, weighted (by support) and samples means;
        ``mAP`` (macro mean of average precision), ``micro_AP``, ``hamming_loss``, ``ECE`` (mean
        over genres of the expected calibration error in ten equal bins; Naeini et al., AAAI 2015).
        Per genre: ``support``, ``precision``, ``recall``, ``f1``, ``average_precision``, ``ECE``.
        Precision without a decision counts as 0.

    """
    parts = [
        _measure(targets, probabilities, decisions, chunk)
        for chunk in _chunks(weights, targets.size)
    ]
    overall = {name: np.concatenate([p.overall[name] for p in parts]) for name in parts[0].overall}
    genre = {n: np.concatenate([p.per_genre[n] for p in parts]) for n in parts[0].per_genre}
    return MetricValues(overall, genre)


def _measure(
    targets: Bools, probabilities: Floats, decisions: Bools, weights: Floats
) -> MetricValues:
    t, d = targets.astype(np.float64), decisions.astype(np.float64)
    hits, decided, support = weights @ (t * d), weights @ d, weights @ t  # (R, G) each
    known = support > 0
    precision = np.where(known, _ratio(hits, decided), np.nan)
    recall = np.where(known, _ratio(hits, support), np.nan)
    f1 = np.where(known, _ratio(2 * hits, decided + support), np.nan)
    ranked = np.stack(
        [_average_precision(t[:, g], probabilities[:, g], weights) for g in range(t.shape[1])],
        axis=1,
    )
    ece = _calibration_error(t, probabilities, weights)
    films = weights.sum(axis=1)
    film_hits, film_decided, film_support = (t * d).sum(1), d.sum(1), t.sum(1)
    wrong = (targets != decisions).sum(axis=1)
    share = support / np.maximum(support.sum(axis=1, keepdims=True), 1e-12)
    overall = {
        "micro_precision": _ratio(hits.sum(1), decided.sum(1)),
        "micro_recall": _ratio(hits.sum(1), support.sum(1)),
        "micro_f1": _ratio(2 * hits.sum(1), decided.sum(1) + support.sum(1)),
        "macro_precision": _mean(precision),
        "macro_recall": _mean(recall),
        "macro_f1": _mean(f1),
        "weighted_precision": np.nansum(precision * share, axis=1),
        "weighted_recall": np.nansum(recall * share, axis=1),
        "weighted_f1": np.nansum(f1 * share, axis=1),
        "samples_precision": weights @ _ratio(film_hits, film_decided) / films,
        "samples_recall": weights @ _ratio(film_hits, film_support) / films,
        "samples_f1": weights @ _ratio(2 * film_hits, film_decided + film_support) / films,
        "mAP": _mean(ranked),
        "micro_AP": _average_precision(
            t.ravel(), probabilities.ravel(), np.repeat(weights, t.shape[1], axis=1)
        ),
        "hamming_loss": weights @ wrong / (films * t.shape[1]),
        "ECE": ece.mean(axis=1),
    }
    genre = {
        "support": support,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "average_precision": ranked,
        "ECE": ece,
    }
    return MetricValues(overall, genre)


def _average_precision(targets: Floats, scores: Floats, weights: Floats) -> Floats:
    """Return ``(R,)`` average precision, ``sum_k (R_k - R_{k-1}) P_k`` over distinct scores.

    Without interpolation, as scikit-learn defines it; NaN where no weight is positive.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_score = np.append(np.diff(scores[order]) != 0, True)
    w = weights[:, order]
    hits = np.cumsum(w * targets[order], axis=1)[:, last_of_score]
    decided = np.cumsum(w, axis=1)[:, last_of_score]
    support = hits[:, -1]
    gained = np.diff(hits, axis=1, prepend=0.0)
    area = (gained * _ratio(hits, decided)).sum(axis=1)
    return np.where(support > 0, _ratio(area, support), np.nan)


def _calibration_error(targets: Floats, probabilities: Floats, weights: Floats) -> Floats:
    """Return ``(R, G)`` expected calibration error: the weighted mean over the bins."""
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gap = np.zeros((len(weights), targets.shape[1]))
    for b in range(BINS):
        gap += np.abs(weights @ ((probabilities - targets) * (bins == b)))
    return np.asarray(gap / weights.sum(axis=1, keepdims=True))


def reliability(targets: Bools, probabilities: Floats) -> list[dict[str, Any]]:
    """Return the non-empty bins of a reliability diagram over all film-genre pairs.

    Returns:
        Rows of ``low`` and ``high`` edge, mean ``probability``, ``share`` of true genres, and
        ``pairs``, the number of film-genre pairs in the bin.

    """
    p, t = probabilities.ravel(), targets.ravel()
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    return [
        {
            "low": b / BINS,
            "high": (b + 1) / BINS,
            "probability": float(p[bins == b].mean()),
            "share": float(t[bins == b].mean()),
            "pairs": int((bins == b).sum()),
        }
        for b in range(BINS)
        if (bins == b).any()
    ]


def _ratio(numerator: Floats, denominator: Any) -> Floats:
    """Return the quotient; 0 where the denominator is 0."""
    below = np.asarray(denominator, dtype=np.float64)
    return np.asarray(np.divide(numerator, below, out=np.zeros_like(below), where=below > 0))


def _mean(per_genre: Floats) -> Floats:
    known = ~np.isnan(per_genre)
    total = np.where(known, per_genre, 0.0).sum(axis=1)
    count = known.sum(axis=1)
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return np.asarray(mean)


def _chunks(weights: Floats | Resamples, numbers: int) -> Iterator[Floats]:
    rows = max(1, _CHUNK // max(numbers, 1))
    if isinstance(weights, Resamples):
        yield from weights.blocks(rows)
        return
    for start in range(0, len(weights), rows):
        yield weights[start : start + rows]

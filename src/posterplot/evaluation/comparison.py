"""Compare two models on the same films, with confidence intervals."""

from typing import NamedTuple

import numpy as np

from posterplot.evaluation.evaluation import LabelledPredictions
from posterplot.evaluation.intervals import Interval, Resamples, percentile_interval
from posterplot.evaluation.metrics import measure


class PairedComparison(NamedTuple):
    """Differences between two models, first minus second, with paired bootstrap intervals.

    Attributes:
        films: Number of films that both predicted.
        mAP: Difference of mean average precision.
    """

    films: int
    mAP: Interval  # noqa: N815 - the field's own name


def compare(first: LabelledPredictions, second: LabelledPredictions) -> PairedComparison:
    """Compare two models on the films that both predicted, with the same resamples.

    Raises:
        ValueError: The models have no film in common, or different genres.
    """
    rows_by_id = {film: n for n, film in enumerate(second.ids)}
    pairs = [(n, rows_by_id[film]) for n, film in enumerate(first.ids) if film in rows_by_id]
    if not pairs or first.genres != second.genres:
        raise ValueError("the models need the same genres, and at least one film in common")
    weights = Resamples(len(pairs))
    figures = []
    for labelled, chosen in zip((first, second), np.array(pairs).T, strict=True):
        probabilities = labelled.probabilities[chosen]
        measured = measure(labelled.targets[chosen], probabilities, probabilities >= 0.5, weights)
        figures.append(measured.overall["mAP"])
    return PairedComparison(len(pairs), percentile_interval(figures[0] - figures[1]))

"""Two models on the same films: the difference, and how sure it is."""

from typing import NamedTuple

import numpy as np

from posterplot.evaluation.evaluate import Predicted
from posterplot.evaluation.intervals import Interval, interval, resamples
from posterplot.evaluation.metrics import measure


class Comparison(NamedTuple):
    """The first model less the second.

    Attributes:
        films: number of films that both can read.
        mAP: difference of mean average precision, paired bootstrap over these films.

    """

    films: int
    mAP: Interval  # noqa: N815 - the field's own name


def compare(first: Predicted, second: Predicted) -> Comparison:
    """Compare two models on the films that both can read, resampled together.

    Raises:
        ValueError: they have no film in common, or different genres.

    """
    place = {film.id: n for n, film in enumerate(second.films)}
    pairs = [(n, place[film.id]) for n, film in enumerate(first.films) if film.id in place]
    if not pairs or first.targets.shape[1] != second.targets.shape[1]:
        raise ValueError("the two models have no films, or not the same genres, in common")
    weights = resamples(len(pairs))
    figures = []
    for predicted, chosen in zip((first, second), np.array(pairs).T, strict=True):
        targets, p = predicted.targets[chosen], predicted.probabilities[chosen]
        figures.append(measure(targets, p, p >= 0.5, weights).overall["mAP"])
    return Comparison(len(pairs), interval(figures[0] - figures[1]))

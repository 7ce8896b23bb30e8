"""Two models on the same films: the difference, and how sure it is."""

from typing import NamedTuple

import numpy as np

from posterplot.evaluation.evaluation import Answers
from posterplot.evaluation.intervals import Interval, Resamples, interval
from posterplot.evaluation.metrics import measure


class Comparison(NamedTuple):
    """The first model less the second, with paired bootstrap intervals over films.

    Attributes:
        films: number of films that both answered for.
        mAP: difference of mean average precision.
    """

    films: int
    mAP: Interval  # noqa: N815 - the field's own name


def compare(first: Answers, second: Answers) -> Comparison:
    """Compare two models on the films that both answered for, resampled together.

    Raises:
        ValueError: they have no film in common, or different genres.
    """
    place = {film: n for n, film in enumerate(second.ids)}
    pairs = [(n, place[film]) for n, film in enumerate(first.ids) if film in place]
    if not pairs or first.genres != second.genres:
        raise ValueError("the two models have no films, or not the same genres, in common")
    weights = Resamples(len(pairs))
    figures = []
    for answers, chosen in zip((first, second), np.array(pairs).T, strict=True):
        probabilities = answers.probabilities[chosen]
        measured = measure(answers.targets[chosen], probabilities, probabilities >= 0.5, weights)
        figures.append(measured.overall["mAP"])
    return Comparison(len(pairs), interval(figures[0] - figures[1]))

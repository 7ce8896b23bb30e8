"""Compute the average precision of each genre and model on the same resamples."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from posterplot.evaluation.evaluate import SplitPredictions
from posterplot.evaluation.intervals import Resamples
from posterplot.evaluation.metrics import Floats, measure
from posterplot.films import MODALITIES
from posterplot.report.findings.gather import ALL_INPUTS, Inputs

# No conclusion is drawn about a genre with fewer films: a single film would decide it.
MIN_FILMS = 10


@dataclass(frozen=True, slots=True)
class Ranking:
    """Average precision of G genres on N films and R resamples of them, the full sample first.

    Args:
        genres: Names of the G genres.
        films: N, those that every model predicted from all the inputs that it is shown.
        support: ``(G,)`` films that have each genre.
        precision: Inputs -> ``(R, G)`` float64 average precision; NaN without a film of the genre.
        chance: ``(R, G)`` float64; see :func:`chance`.

    """

    genres: tuple[str, ...]
    films: int
    support: tuple[int, ...]
    precision: dict[Inputs, Floats]
    chance: Floats


def rank(genres: tuple[str, ...], predictions: Mapping[Inputs, SplitPredictions]) -> Ranking | None:
    """Compute how well each model ranks the films that all models predicted.

    If a model is given both inputs, only films with both inputs are used. The resamples are the
    same for all models, so that differences between them are paired.

    Args:
        genres: Names of the G genres.
        predictions: Inputs -> predictions of the model that is shown them.

    Returns:
        None if the models have no film in common.

    """
    rows_by_id: dict[Inputs, dict[str, int]] = {}
    for inputs, predicted in predictions.items():
        complete = [MODALITIES] if inputs == "both" else [(m,) for m in MODALITIES]
        rows_by_id[inputs] = {
            film.id: n
            for n, (film, seen) in enumerate(
                zip(predicted.films, predicted.modalities, strict=True)
            )
            if seen in complete
        }
    first = next(iter(rows_by_id.values()))
    ids = [film for film in first if all(film in rows for rows in rows_by_id.values())]
    if not ids:
        return None
    weights = Resamples(len(ids))
    precision: dict[Inputs, Floats] = {}
    for inputs in ALL_INPUTS:
        if inputs in predictions:
            chosen = np.array([rows_by_id[inputs][film] for film in ids])
            targets = predictions[inputs].targets[chosen]
            p = predictions[inputs].probabilities[chosen]
            precision[inputs] = measure(targets, p, p >= 0.5, weights).per_genre[
                "average_precision"
            ]
    return Ranking(
        genres=genres,
        films=len(ids),
        support=tuple(int(n) for n in targets.sum(axis=0)),
        precision=precision,
        chance=chance(
            np.concatenate([block @ targets.astype(np.float64) for block in weights.blocks()]),
            len(ids),
        ),
    )


def chance(support: Floats, films: int) -> Floats:
    """Return the expected average precision of a random ranking.

    With r of N films: ``[(r - 1) (N - H) / (N - 1) + H] / N``, H the N-th harmonic number (Bestgen,
    Exact expected average precision of the random baseline, 2015). The genre's share r / N and a
    little more, which matters where a genre is rare.

    Args:
        support: Films that have the genre, any shape.
        films: Number of films N ≥ 1.

    Returns:
        The same shape, in [0, 1].

    """
    harmonic = float((1 / np.arange(1, films + 1)).sum())
    found = ((support - 1) * (films - harmonic) / max(films - 1, 1) + harmonic) / films
    return np.asarray(np.clip(found, 0.0, 1.0))

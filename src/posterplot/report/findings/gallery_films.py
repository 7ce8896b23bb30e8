"""Choose the films of the gallery: confident hits and mistakes, and possible label errors."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from posterplot.evaluation.evaluate import SplitPredictions
from posterplot.evaluation.metrics import Bools, Floats

Kind = Literal["hit", "mistake", "improbable", "missing"]


class ChosenFilm(NamedTuple):
    """A film of the gallery, and the genre that it is shown for.

    Attributes:
        kind: A correct prediction; a wrong one; a label with a low probability; or a genre that
            has a high probability and is not among the labels.
        film: Index in N films.
        genre: Index in G genres.

    """

    kind: Kind
    film: int
    genre: int


def choose_films(predictions: SplitPredictions, decided: Bools, per_kind: int) -> list[ChosenFilm]:
    """Choose films. No film is chosen twice, and no genre twice for one kind.

    * hit: predicted and among the labels, the largest probability first;
    * mistake: predicted and not among the labels, the largest probability first;
    * improbable: a label that was not predicted, the furthest below the genre's share in log-odds
      first, because rare genres are improbable for every film;
    * missing: a genre that is not among the labels, the furthest in log-odds above the mean
      probability of the films that have it first, as in confident learning (Northcutt et al.,
      2021).

    Args:
        predictions: Predictions for N films.
        decided: ``(N, G)`` bool.
        per_kind: Largest number of films of each kind.

    Returns:
        Films and genres by kind, in the order above.

    """
    targets, probabilities = predictions.targets, predictions.probabilities
    odds = _log_odds(probabilities)
    support = targets.sum(axis=0)
    share = _log_odds(support / len(targets))
    own = (probabilities * targets).sum(axis=0) / np.maximum(support, 1)
    rules: tuple[tuple[Kind, Bools, Floats], ...] = (
        ("hit", targets & decided, probabilities),
        ("mistake", ~targets & decided, probabilities),
        ("improbable", targets & ~decided & (odds < share), share - odds),
        ("missing", ~targets & (probabilities > own) & (support > 0), odds - _log_odds(own)),
    )
    used: set[int] = set()
    chosen_films: list[ChosenFilm] = []
    for kind, candidates, score in rules:
        chosen = list(_first(_ranked(candidates, score), used, per_kind))
        used |= {film for film, _ in chosen}
        chosen_films += [ChosenFilm(kind, film, genre) for film, genre in chosen]
    return chosen_films


def _ranked(candidates: Bools, score: Floats) -> Iterator[tuple[int, int]]:
    """Yield the candidate film-genre pairs, the largest score first."""
    order = np.argsort(np.where(candidates, -score, np.inf), axis=None, kind="stable")
    for position in order[: int(candidates.sum())].tolist():
        yield divmod(position, candidates.shape[1])


def _first(
    pairs: Iterable[tuple[int, int]], used: set[int], per_kind: int
) -> Iterator[tuple[int, int]]:
    """Yield the first pairs with distinct films and genres, except films in ``used``."""
    films, genres = set(used), set[int]()
    for film, genre in pairs:
        if len(genres) == per_kind:
            return
        if film not in films and genre not in genres:
            films.add(film)
            genres.add(genre)
            yield film, genre


def _log_odds(share: Floats) -> Floats:
    clipped = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))

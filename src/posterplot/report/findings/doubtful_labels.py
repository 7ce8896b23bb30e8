"""Which films to show: the surest hits, the surest mistakes, the most doubtful labels."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from posterplot.evaluation.evaluate import Predicted
from posterplot.evaluation.metrics import Bools, Floats

Kind = Literal["hit", "mistake", "improbable", "missing"]


class Pick(NamedTuple):
    """A film and the genre for which it is shown.

    Attributes:
        kind: a right decision; a wrong one; a label that the model finds improbable; or a label
            that it finds missing.
        film: number n of N.
        genre: number g of G.

    """

    kind: Kind
    film: int
    genre: int


def pick(predicted: Predicted, decided: Bools, each: int) -> list[Pick]:
    """Choose films, no film twice and no genre twice among those of one kind.

    * hit: decided and right, the largest probability first;
    * mistake: decided and wrong, the largest probability first;
    * improbable: a label that the film has, the furthest below the genre's share first, in
      log-odds: rare genres are improbable in every film;
    * missing: a label that it lacks, the furthest above the mean probability of the films that
      have it, as in confident learning (Northcutt et al., 2021); in log-odds.

    Args:
        predicted: N films.
        decided: ``(N, G)`` bool.
        each: at most so many of a kind.

    Returns:
        picks by kind in the order above.

    """
    targets, probabilities = predicted.targets, predicted.probabilities
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
    picks: list[Pick] = []
    for kind, among, score in rules:
        chosen = list(_first(_ranked(among, score), used, each))
        used |= {film for film, _ in chosen}
        picks += [Pick(kind, film, genre) for film, genre in chosen]
    return picks


def _ranked(among: Bools, score: Floats) -> Iterator[tuple[int, int]]:
    """Go over the film-genre pairs in question, the largest score first."""
    order = np.argsort(np.where(among, -score, np.inf), axis=None, kind="stable")
    for place in order[: int(among.sum())].tolist():
        yield divmod(place, among.shape[1])


def _first(
    pairs: Iterable[tuple[int, int]], used: set[int], each: int
) -> Iterator[tuple[int, int]]:
    films, genres = set(used), set[int]()
    for film, genre in pairs:
        if len(genres) == each:
            return
        if film not in films and genre not in genres:
            films.add(film)
            genres.add(genre)
            yield film, genre


def _log_odds(share: Floats) -> Floats:
    clipped = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))

"""Genres that were missed, and what was decided in their place."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.evaluation.metrics import Bools, Floats
from posterplot.report.page.wording import count, listing

_FEWEST = 3  # films behind a pair that is told in words
_OFTENER = 1.5  # times as often as usual, to be told in words
_MOST = 5  # pairs told in words


class Confusions(NamedTuple):
    """Of G genres, what was wrongly decided where each was missed.

    Attributes:
        genres: G names.
        missed: ``(G,)`` films whose genre was not decided.
        instead: ``(G, G)`` of the films whose row's genre was missed, those for which the column's
            genre was decided though they do not have it.
        lift: ``(G, G)`` how much oftener the column's genre was wrongly decided there than in all
            films that do not have it; NaN where it never was, or could not be.

    """

    genres: tuple[str, ...]
    missed: NDArray[np.int64]
    instead: NDArray[np.int64]
    lift: Floats


def confuse(genres: tuple[str, ...], targets: Bools, decided: Bools) -> Confusions:
    """Count the confusions of N films.

    Args:
        genres: G names.
        targets: ``(N, G)`` bool.
        decided: ``(N, G)`` bool.

    """
    missed, wrong, lacking = (
        part.astype(np.int64) for part in (targets & ~decided, decided & ~targets, ~targets)
    )
    instead = missed.T @ wrong  # (G, G)
    could = (
        missed.T @ lacking
    )  # films in which the row's was missed and the column's would be wrong
    usual = wrong.sum(axis=0) / np.maximum(lacking.sum(axis=0), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(instead > 0, instead / could / usual, np.nan)
    return Confusions(genres, missed.sum(axis=0), instead, lift)


def say_confusions(found: Confusions) -> list[str]:
    """Say which genres are missed most often, and the pairs that stand out."""
    most = np.argsort(-found.missed, kind="stable")[:3]
    named = [f"{found.genres[g]} ({found.missed[g]})" for g in most if found.missed[g]]
    if not named:
        return ["No genre was missed in any film."]
    said = [f"Missed in most films: {listing(named)}."]
    pairs = np.argwhere((found.instead >= _FEWEST) & (found.lift >= _OFTENER))
    # by the films beyond what is usual: the largest lifts are of the fewest films
    beyond = found.instead * (1 - 1 / found.lift)
    order = sorted(pairs.tolist(), key=lambda pair: -beyond[pair[0], pair[1]])[:_MOST]
    said += [
        f"Of {count(int(found.missed[g]), 'film')} whose {found.genres[g]} was missed, "
        f"{found.instead[g, h]} were called {found.genres[h]} instead, "
        f"{found.lift[g, h]:.1f} times as often as other films that are not {found.genres[h]}."
        for g, h in order
    ]
    if not order:
        said.append(
            f"No genre stands in for a missed one oftener than usual in {_FEWEST} films or more."
        )
    return said

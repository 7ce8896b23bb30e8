"""Find genres that were missed, and the genres that were predicted instead."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.evaluation.metrics import Bools, Floats
from posterplot.wording import count, listing

# minimum number of films, and minimum lift, of a pair that is described
_MIN_FILMS = 3
_MIN_LIFT = 1.5
_MAX_PAIRS = 5  # number of pairs that are described


class Confusions(NamedTuple):
    """Genres predicted for the films for which a true genre was missed.

    Attributes:
        genres: Names of the G genres.
        missed: ``(G,)`` films that have the genre and for which it was not predicted.
        instead: ``(G, G)`` of the films that the row's genre was missed for, those for which the
            column's genre was wrongly predicted.
        lift: ``(G, G)`` how much more often the column's genre was wrongly predicted for them than
            for all films that do not have it; NaN if it never was, or could not be.

    """

    genres: tuple[str, ...]
    missed: NDArray[np.int64]
    instead: NDArray[np.int64]
    lift: Floats


def confuse(genres: tuple[str, ...], targets: Bools, decided: Bools) -> Confusions:
    """Count the confusions among N films.

    Args:
        genres: Names of the G genres.
        targets: ``(N, G)`` bool.
        decided: ``(N, G)`` bool.

    """
    missed, wrong, lacking = (
        part.astype(np.int64) for part in (targets & ~decided, decided & ~targets, ~targets)
    )
    instead = missed.T @ wrong  # (G, G)
    # films for which the row's genre was missed and the column's would be wrong
    could = missed.T @ lacking
    usual = wrong.sum(axis=0) / np.maximum(lacking.sum(axis=0), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(instead > 0, instead / could / usual, np.nan)
    return Confusions(genres, missed.sum(axis=0), instead, lift)


def describe_confusions(found: Confusions) -> list[str]:
    """Name the genres that are missed most often, and the pairs that stand out."""
    most = np.argsort(-found.missed, kind="stable")[:3]
    named = [f"{found.genres[g]} ({found.missed[g]})" for g in most if found.missed[g]]
    if not named:
        return ["No genre was missed for any film."]
    sentences = [f"Missed most often, with the number of films: {listing(named)}."]
    pairs = np.argwhere((found.instead >= _MIN_FILMS) & (found.lift >= _MIN_LIFT))
    # sorted by films beyond the expected number, because the largest lifts come from the fewest
    # films
    beyond = found.instead * (1 - 1 / found.lift)
    order = sorted(pairs.tolist(), key=lambda pair: -beyond[pair[0], pair[1]])[:_MAX_PAIRS]
    sentences += [
        f"For {found.instead[g, h]} of the {count(int(found.missed[g]), 'film')} whose "
        f"{found.genres[g]} was missed, {found.genres[h]} was wrongly predicted, "
        f"{found.lift[g, h]:.1f} times as often as for all films that are not {found.genres[h]}."
        for g, h in order
    ]
    if not order:
        sentences.append("No genre stands out as being predicted instead of a missed one.")
    return sentences

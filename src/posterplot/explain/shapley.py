"""The game of two players: what the poster and the overview each moved."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.explanation import ModalityShare
from posterplot.films import Modality
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs

# which inputs the model is shown -> its (G,) raw logits
Game = Mapping[tuple[Modality, ...], NDArray[np.float32]]


def empty_logits(predictor: Predictor) -> NDArray[np.float32]:
    """Return v(∅): ``(G,)`` raw logits before anything of a film is seen; the same for all films.

    A model of posters alone cannot be shown none: it is shown a black one.
    """
    (logits,) = predictor.run([FilmInputs(None, None)])["logits"]
    return np.asarray(logits)


def coalitions(inputs: FilmInputs) -> dict[tuple[Modality, ...], FilmInputs]:
    """Return the ways to show a film of which less is seen than it has, but for nothing at all."""
    if len(inputs.modalities) < 2:
        return {}
    shown = (
        FilmInputs(inputs.poster, None),
        FilmInputs(None, inputs.tokens, inputs.titled),
    )
    return {less.modalities: less for less in shown}


def modality_share(game: Game, modalities: Sequence[Modality], genre: int) -> ModalityShare:
    """Return the exact Shapley values of one genre.

    Args:
        game: of ``()``, of what the film has and, if that is both, of each alone.
        modalities: what the film has; a title moves what an overview would.
        genre: its position in the vocabulary.

    """
    v = {shown: float(logits[genre]) for shown, logits in game.items()}
    base = v[()]
    if len(modalities) < 2:
        change = v[tuple(modalities)] - base
        alone = change if modalities[0] == "poster" else 0.0
        return ModalityShare(base, alone, change - alone)
    both, poster, overview = v[tuple(modalities)], v["poster",], v[modalities[1],]
    return ModalityShare(
        base,
        poster=0.5 * (poster - base) + 0.5 * (both - overview),
        overview=0.5 * (overview - base) + 0.5 * (both - poster),
    )

"""Compute the Shapley values of poster and overview: their contributions to a logit."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.explanation import ModalityShare
from posterplot.films import Modality
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs

# shown inputs -> raw logits, ``(G,)``
Game = Mapping[tuple[Modality, ...], NDArray[np.float32]]


def empty_logits(predictor: Predictor) -> NDArray[np.float32]:
    """Return v(∅), the ``(G,)`` raw logits without any input. They are the same for all films.

    A model that reads only posters has no mask for them, so it gets a black poster.
    """
    (logits,) = predictor.run([FilmInputs(None, None)])["logits"]
    return np.asarray(logits)


def single_inputs(inputs: FilmInputs) -> dict[tuple[Modality, ...], FilmInputs]:
    """Return each of the two inputs by itself; nothing for a film with one input."""
    if len(inputs.modalities) < 2:
        return {}
    single = (
        FilmInputs(inputs.poster, None),
        FilmInputs(None, inputs.tokens, inputs.titled),
    )
    return {one.modalities: one for one in single}


def modality_share(game: Game, modalities: Sequence[Modality], genre: int) -> ModalityShare:
    """Return the exact Shapley values of one genre.

    Args:
        game: Logits of ``()``, of the film and, if it has two inputs, of each by itself.
        modalities: Inputs of the film; the share of a title counts as that of an overview.
        genre: Index of the genre in the vocabulary.

    """
    v = {inputs: float(logits[genre]) for inputs, logits in game.items()}
    base = v[()]
    if len(modalities) < 2:
        change = v[tuple(modalities)] - base
        poster = change if modalities[0] == "poster" else 0.0
        return ModalityShare(base, poster, change - poster)
    both, poster, overview = v[tuple(modalities)], v["poster",], v[modalities[1],]
    return ModalityShare(
        base,
        poster=0.5 * (poster - base) + 0.5 * (both - overview),
        overview=0.5 * (overview - base) + 0.5 * (both - poster),
    )

"""Scores that the graph tells beside its logits: attention and evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.methods.scores import Method, Scorer, Scores, patch_grid
from posterplot.films import MODALITIES, Modality
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs

TOLD: tuple[Method, ...] = ("attention", "evidence")


def tells(predictor: Predictor, method: Method, modality: Modality) -> bool:
    """Return whether the graph tells this of this modality."""
    return f"{modality}_{method}" in predictor.outputs


def told_outputs(predictor: Predictor) -> tuple[str, ...]:
    """Return the names of all outputs that tell something, for :meth:`Predictor.run`."""
    names = (f"{m}_{method}" for method in TOLD for m in MODALITIES)
    return tuple(name for name in names if name in predictor.outputs)


def told(
    answer: Mapping[str, NDArray[np.float32]],
    method: Method,
    inputs: FilmInputs,
    genres: Sequence[int],
) -> Scores:
    """Take the scores of one film out of what the graph answered.

    Args:
        answer: output -> array of one film: ``(1, G, P)`` and ``(1, G, T)``.
        method: attention or evidence.
        inputs: what the graph was asked about.
        genres: positions of K genres in the vocabulary.

    """
    chosen = list(genres)
    poster = overview = None
    patches, words = answer.get(f"poster_{method}"), answer.get(f"overview_{method}")
    if patches is not None and inputs.poster is not None:
        rows, columns = patch_grid(patches.shape[-1], *inputs.poster.shape[1:])
        poster = patches[0, chosen].reshape(len(chosen), rows, columns)
    if words is not None and inputs.tokens is not None:
        overview = words[0, chosen, : len(inputs.tokens)]
    return Scores(poster, overview)


def told_scorer(predictor: Predictor, method: Method) -> Scorer:
    """Return the scorer that asks the graph for its attention or evidence."""
    wanted = [name for name in told_outputs(predictor) if name.endswith(f"_{method}")]

    def score(inputs: FilmInputs, genres: Sequence[int]) -> Scores:
        answer: dict[str, NDArray[Any]] = predictor.run([inputs], wanted) if wanted else {}
        return told(answer, method, inputs, genres)

    return score

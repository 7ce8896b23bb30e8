"""Read attention and evidence from the outputs of the graph."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.methods.scores import Method, Scorer, Scores, patch_grid
from posterplot.films import MODALITIES, Modality
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs

GRAPH_METHODS: tuple[Method, ...] = ("attention", "evidence")


def has_output(predictor: Predictor, method: Method, modality: Modality) -> bool:
    """Return whether the graph has this output for this modality."""
    return f"{modality}_{method}" in predictor.outputs


def score_outputs(predictor: Predictor) -> tuple[str, ...]:
    """Return the names of all outputs with scores, for :meth:`Predictor.run`."""
    names = (f"{m}_{method}" for method in GRAPH_METHODS for m in MODALITIES)
    return tuple(name for name in names if name in predictor.outputs)


def graph_scores(
    outputs: Mapping[str, NDArray[np.float32]],
    method: Method,
    inputs: FilmInputs,
    genres: Sequence[int],
) -> Scores:
    """Select the scores of one film from the outputs of the graph.

    Args:
        outputs: Name -> array of one film: ``(1, G, P)`` and ``(1, G, T)``.
        method: Attention or evidence.
        inputs: Inputs of the film.
        genres: Positions of K genres in the vocabulary.

    """
    chosen = list(genres)
    poster = overview = None
    patches, tokens = outputs.get(f"poster_{method}"), outputs.get(f"overview_{method}")
    if patches is not None and inputs.poster is not None:
        rows, columns = patch_grid(patches.shape[-1], *inputs.poster.shape[1:])
        poster = patches[0, chosen].reshape(len(chosen), rows, columns)
    if tokens is not None and inputs.tokens is not None:
        overview = tokens[0, chosen, : len(inputs.tokens)]
    return Scores(poster, overview)


def graph_scorer(predictor: Predictor, method: Method) -> Scorer:
    """Return the scorer that reads attention or evidence from the graph."""
    wanted = [name for name in score_outputs(predictor) if name.endswith(f"_{method}")]

    def score(inputs: FilmInputs, genres: Sequence[int]) -> Scores:
        outputs: dict[str, NDArray[Any]] = predictor.run([inputs], wanted) if wanted else {}
        return graph_scores(outputs, method, inputs, genres)

    return score

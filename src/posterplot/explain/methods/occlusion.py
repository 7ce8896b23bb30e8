"""Score regions and tokens by the change of the logit when they are hidden.

Zeiler and Fergus, arXiv 1311.2901, section 4.2. It needs only logits, so it works with
every bundle, and takes one run of the graph per region and per token.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.methods.scores import Scorer, Scores
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs

# regions across a poster, about as many as common encoders have patches
COLUMNS = 6


def occlusion_grid(height: int, width: int) -> tuple[int, int]:
    """Return the rows and columns of the hidden regions: six columns, almost squares."""
    columns = min(COLUMNS, width)
    return min(max(1, round(height * columns / width)), height), columns


def occlusion_scorer(predictor: Predictor) -> Scorer:
    """Return the scorer that hides one part of the film at a time.

    A region of the poster is covered with the poster's mean colour, a token is left out. The score
    is the raw logit of the whole film minus that of the film without the part.
    """

    def score(inputs: FilmInputs, genres: Sequence[int]) -> Scores:
        chosen = list(genres)
        whole = predictor.run([inputs])["logits"][0, chosen]
        poster = overview = None
        if inputs.poster is not None:
            rows, columns = occlusion_grid(*inputs.poster.shape[1:])
            hidden = (inputs._replace(poster=p) for p in _covered(inputs.poster, rows, columns))
            falls = whole - predictor.logits_of(hidden)[:, chosen]  # (rows · columns, K)
            poster = falls.T.reshape(len(chosen), rows, columns)
        if inputs.tokens is not None:
            fewer = (np.delete(inputs.tokens, t) for t in range(len(inputs.tokens)))
            # without its only token, an overview is absent
            hidden = (FilmInputs(inputs.poster, t if len(t) else None) for t in fewer)
            overview = (whole - predictor.logits_of(hidden)[:, chosen]).T
        return Scores(poster, overview)

    return score


def _covered(poster: NDArray[np.uint8], rows: int, columns: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the poster once per region, row by row, with that region in the mean colour."""
    colour = poster.mean(axis=(1, 2)).round().astype(np.uint8)[:, None, None]
    down = np.linspace(0, poster.shape[1], rows + 1).round().astype(int)
    across = np.linspace(0, poster.shape[2], columns + 1).round().astype(int)
    for top, bottom in pairwise(down):
        for left, right in pairwise(across):
            covered = poster.copy()
            covered[:, top:bottom, left:right] = colour
            yield covered

"""How a method scores the parts of a film: the one shape that all methods of explaining share."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.inference.reader import FilmInputs

Method = Literal["attention", "evidence", "occlusion", "grad-cam", "integrated-gradients"]


class Scores(NamedTuple):
    """What parts of a film speak for K genres; the larger, the more. Signed, in the method's unit.

    Attributes:
        poster: ``(K, rows, columns)`` float32 over the poster's patches or any other grid laid
            over the whole poster; None where the film shows none or the method says nothing of it.
        overview: ``(K, T)`` float32 over the tokens of :class:`FilmInputs`; None likewise.

    """

    poster: NDArray[np.float32] | None
    overview: NDArray[np.float32] | None


# inputs of one film and the positions of K genres in the model's vocabulary -> their scores
Scorer = Callable[[FilmInputs, Sequence[int]], Scores]


def patch_grid(patches: int, height: int, width: int) -> tuple[int, int]:
    """Return the rows and columns in which an encoder cut a poster of ``height`` × ``width``.

    Of all grids of so many patches the one whose patches are nearest to squares.

    Args:
        patches: P ≥ 1.
        height, width: in pixels.

    """
    grids = [(r, patches // r) for r in range(1, patches + 1) if patches % r == 0]
    return min(grids, key=lambda grid: abs(np.log(height / grid[0]) - np.log(width / grid[1])))

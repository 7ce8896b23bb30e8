"""The scores that every explanation method returns."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.inference.reader import FilmInputs

Method = Literal["attention", "evidence", "occlusion", "grad-cam", "integrated-gradients"]


class Scores(NamedTuple):
    """Signed scores of the parts of a film for K genres. The unit depends on the method.

    Attributes:
        poster: ``(K, rows, columns)`` float32 over the poster's patches or another grid over
            the whole poster; None without a poster or if the method does not score posters.
        overview: ``(K, T)`` float32 over the tokens of :class:`FilmInputs`; None if not scored.

    """

    poster: NDArray[np.float32] | None
    overview: NDArray[np.float32] | None


# inputs of one film and the positions of K genres in the model's vocabulary -> their scores
Scorer = Callable[[FilmInputs, Sequence[int]], Scores]


def patch_grid(patches: int, height: int, width: int) -> tuple[int, int]:
    """Return the rows and columns of an encoder's patches on a poster of ``height`` × ``width``.

    Of all grids of this many patches, it is the one whose patches are closest to squares.

    Args:
        patches: Number of patches P ≥ 1.
        height, width: Size of the poster in pixels.

    """
    grids = [(r, patches // r) for r in range(1, patches + 1) if patches % r == 0]
    return min(grids, key=lambda grid: abs(np.log(height / grid[0]) - np.log(width / grid[1])))

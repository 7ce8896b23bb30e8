"""Measure the memory that a function takes for each of many films."""

import tracemalloc
from collections.abc import Callable

import pytest

from posterplot.dataset import blocks

FEW, MANY = 1000, 3000


def bytes_per_film(make: Callable[[int], Callable[[], object]]) -> float:
    """Return how many bytes the peak grows by per film, with blocks that are small for a test.

    Args:
        make: Makes the function to measure, for a number of films.

    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK", 250)
        make(FEW)()  # imports and caches are not counted
        return (_peak(make(MANY)) - _peak(make(FEW))) / (MANY - FEW)


def _peak(function: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

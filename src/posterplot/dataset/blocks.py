"""Work on long arrays in blocks, so that NumPy's temporary arrays stay small.

An index of int32 is copied to int64 before it is used: for a million films, each use would take
8 MB.
"""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_BLOCK = 2**16

_Number = TypeVar("_Number", bound=np.generic)


def blocks(length: int) -> Iterator[slice]:
    """Yield the slices of an array of this length, from the first element to the last."""
    for start in range(0, length, _BLOCK):
        yield slice(start, min(start + _BLOCK, length))


def places_of(values: NDArray[np.int8], value: int) -> NDArray[np.int32]:
    """Return the indices at which an array has a value, in ascending order."""
    found = [np.flatnonzero(values[p] == value).astype(np.int32) for p in blocks(len(values))]
    for part, places in zip(blocks(len(values)), found, strict=True):
        places += np.int32(part.start)
    return np.concatenate(found) if found else np.zeros(0, np.int32)


def taken(values: NDArray[_Number], places: NDArray[np.int32]) -> NDArray[_Number]:
    """Return ``values[places]``."""
    result = np.empty(len(places), values.dtype)
    for part in blocks(len(places)):
        result[part] = values[places[part]]
    return result


def count_each(numbers: NDArray[np.int32], length: int) -> NDArray[np.int64]:
    """Return ``np.bincount(numbers, minlength=length)``, for ``length`` beyond all numbers."""
    counts = np.zeros(length, np.int64)
    for part in blocks(len(numbers)):
        counts += np.bincount(numbers[part], minlength=length)
    return counts


def shared_groups(groups: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return for each group whether it has two or more members: ``(U,)``.

    Args:
        groups: ``(N,)`` group numbers 0 … U-1.
    """
    seen = np.zeros(int(groups.max(initial=-1)) + 1, bool)
    shared = np.zeros(len(seen), bool)
    for part in blocks(len(groups)):
        numbers, counts = np.unique(groups[part], return_counts=True)
        shared[numbers] |= seen[numbers] | (counts > 1)
        seen[numbers] = True
    return shared

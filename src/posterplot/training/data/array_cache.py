"""Keep computed arrays in a folder, and read them in place."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posterplot.errors import OutputError
from posterplot.files import new_folder

_BLOCK = 1 << 20  # bytes that are written at once

# name, shape, dtype -> an array to fill
Create = Callable[[str, tuple[int, ...], type[np.generic]], NDArray[Any]]


def cached_arrays(
    path: Path,
    names: tuple[str, str],
    compute: Callable[[Create], tuple[NDArray[Any], NDArray[Any]]],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two memory-mapped arrays from a folder; compute and save them if necessary.

    They are written to the folder as they are computed, so memory does not limit their size.

    Args:
        path: Folder of the arrays.
        names: Their names, without ``.npy``.
        compute: Creates both arrays with the function that it is given, fills and returns them. If
            the folder cannot be written, it is called again, with arrays in memory.

    """
    files = [path / f"{name}.npy" for name in names]
    try:
        first, second = (np.load(file, mmap_mode="r") for file in files)
        return first, second
    except (OSError, ValueError, EOFError):  # missing or damaged
        pass
    try:
        with new_folder(path, replace=True) as folder:
            for array in compute(partial(_create_file, folder)):
                if isinstance(array, np.memmap):
                    array.flush()
    except OutputError:  # no permission, or a full disk
        return compute(_create_in_memory)
    first, second = (np.load(file, mmap_mode="r") for file in files)
    return first, second


def _create_file(
    folder: Path, name: str, shape: tuple[int, ...], dtype: type[np.generic]
) -> NDArray[Any]:
    """Return a new array that is a file of a folder, with its space on the disk reserved."""
    path = folder / f"{name}.npy"
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    # if the disk were full later, writing to the mapped file would kill the process
    with path.open("r+b") as file:
        file.seek(array.offset)
        for start in range(0, array.nbytes, _BLOCK):
            file.write(bytes(min(_BLOCK, array.nbytes - start)))
    return array


def _create_in_memory(_: str, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    return np.zeros(shape, dtype)

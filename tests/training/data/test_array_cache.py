import errno

import numpy as np
import pytest

from posterplot.training.data import array_cache
from posterplot.training.data.array_cache import cached_arrays

NAMES = ("squares", "signs")


def compute(create):
    squares, signs = create("squares", (3, 4), np.float16), create("signs", (3,), np.bool_)
    squares[:], signs[:] = np.arange(12).reshape(3, 4) ** 2, [True, False, True]
    return squares, signs


def refuse(_):
    raise AssertionError("computed again")


def test_arrays_are_computed_once_and_read_in_place(tmp_path):
    squares, signs = cached_arrays(tmp_path / "a", NAMES, compute)
    again = cached_arrays(tmp_path / "a", NAMES, refuse)
    assert isinstance(squares, np.memmap)
    assert np.array_equal(squares, np.arange(12).reshape(3, 4) ** 2)
    assert signs.tolist() == [True, False, True]
    assert all(np.array_equal(a, b) for a, b in zip(again, (squares, signs), strict=True))


@pytest.mark.parametrize("failing", [1, 2])
def test_on_a_full_disk_arrays_are_in_memory(tmp_path, monkeypatch, failing):
    create_file, calls = array_cache._create_file, []

    def full(folder, *array):
        calls.append(array)
        if len(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device", folder)
        return create_file(folder, *array)

    monkeypatch.setattr(array_cache, "_create_file", full)
    squares, signs = cached_arrays(tmp_path / "a", NAMES, compute)
    assert not isinstance(squares, np.memmap)
    assert squares[2, 3] == 121
    assert signs.tolist() == [True, False, True]
    assert not (tmp_path / "a").exists()

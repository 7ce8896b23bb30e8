import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.dataset.blocks import blocks, count_each, places_of, shared_groups, taken

NUMBERS = st.lists(st.integers(0, 5), max_size=20).map(lambda n: np.array(n, np.int32))

pytestmark = pytest.mark.usefixtures("short_blocks")


def test_blocks_cover_all_places():
    assert list(blocks(7)) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert list(blocks(0)) == []


@given(NUMBERS)
def test_they_are_as_numpy_does(numbers):
    assert places_of(numbers.astype(np.int8), 2).tolist() == np.flatnonzero(numbers == 2).tolist()
    assert count_each(numbers, 6).tolist() == np.bincount(numbers, minlength=6).tolist()
    values = np.arange(10, 16, dtype=np.int8)
    assert taken(values, numbers).tolist() == values[numbers].tolist()
    assert taken(values, numbers).dtype == np.int8


@given(NUMBERS)
def test_groups_with_two_members_are_shared(numbers):
    _, groups = np.unique(numbers, return_inverse=True)
    expected = np.bincount(groups) > 1 if len(groups) else []
    assert shared_groups(groups.astype(np.int32)).tolist() == list(expected)

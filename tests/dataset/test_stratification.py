import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iterstrat.ml_stratifiers import IterativeStratification

from posterplot.dataset.stratification import iterative_stratification

pytestmark = pytest.mark.usefixtures("short_blocks")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=12),
    st.lists(st.integers(0, 11), min_size=1, max_size=150),
    st.integers(0, 9),
)
def test_it_divides_as_the_package_does(sets, samples, seed):
    labels = np.array([[label in labels for label in range(6)] for labels in sets])
    label_sets = np.array(samples, np.int32) % len(sets)
    shares = (0.8, 0.1, 0.1)
    expected = IterativeStratification(
        labels[label_sets], np.array(shares), np.random.RandomState(seed)
    )
    result = iterative_stratification(label_sets, labels, shares, np.random.RandomState(seed))
    assert result.tolist() == expected.tolist()

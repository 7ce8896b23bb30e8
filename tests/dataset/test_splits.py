from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.dataset.splits import keep_given_splits, stratify
from posterplot.errors import CatalogueError
from posterplot.films import SPLITS

FILMS = [("Drama",)] * 50 + [("Comedy", "Drama")] * 30 + [("War",)] * 19 + [("Western", "War")]


@pytest.mark.parametrize("seed", range(3))
def test_every_genre_is_split_equally(seed):
    splits = stratify(FILMS, np.arange(100), seed)
    assert Counter(splits) == {"train": 80, "validation": 10, "test": 10}
    pairs = Counter(zip(FILMS, splits, strict=True))
    assert pairs[("Drama",), "test"] == pairs[("Drama",), "validation"] == 5
    assert pairs[("Comedy", "Drama"), "test"] == 3
    assert pairs[("Western", "War"), "train"] == 1  # the only one of its genre


def test_the_result_depends_on_the_seed():
    first, again, other = (stratify(FILMS, np.arange(100), seed) for seed in (0, 0, 1))
    assert first == again != other


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["A", "B", "C d"])), min_size=3),
    st.integers(0, 3),
)
def test_groups_stay_whole_and_no_split_is_empty(films, seed):
    _, groups = np.unique([group for group, _ in films], return_inverse=True)
    genres = [(name,) for _, name in films]
    if groups.max() < 2:
        with pytest.raises(CatalogueError, match="distinct films: too few"):
            stratify(genres, groups, seed)
        return
    splits = stratify(genres, groups, seed)
    assert set(splits) == set(SPLITS)
    assert len(set(zip(groups.tolist(), splits, strict=True))) == groups.max() + 1


def test_given_splits_are_kept():
    asked = ["test", None, "validation", "train"]
    assert keep_given_splits(asked, np.arange(4)) == ["test", "train", "validation", "train"]


def test_the_film_in_evaluation_stays():
    asked = ["train", "validation", "test", None, "test", "validation"]
    groups = np.array([0, 0, 0, 0, 0, 1])
    assert keep_given_splits(asked, groups) == [2, 2, "test", 2, "test", "validation"]
    assert keep_given_splits([None, "validation"], np.array([0, 0])) == [1, "validation"]

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.memory import bytes_per_film

from posterplot.dataset import splits as module
from posterplot.errors import CatalogueError
from posterplot.films import SPLITS, GenreVocabulary

pytestmark = pytest.mark.usefixtures("short_blocks")


def stratify(films, groups, seed):
    numbers = {genres: kind for kind, genres in enumerate(dict.fromkeys(films))}
    label_sets = np.array([numbers[genres] for genres in films], np.int32)
    parts = module.stratify(label_sets, list(numbers), groups.astype(np.int32), seed)
    return [SPLITS[part] for part in parts]


def keep_given_splits(names, groups):
    """Return for each film its split, or the film that it duplicates."""
    requested = np.array([-1 if split is None else SPLITS.index(split) for split in names], np.int8)
    splits, leaking, twins = module.keep_given_splits(requested, groups.astype(np.int32))
    twin_of = dict(zip(leaking.tolist(), twins.tolist(), strict=True))
    assert set(twin_of) == set(np.flatnonzero(splits < 0).tolist())
    return [twin_of.get(n, SPLITS[split]) for n, split in enumerate(splits.tolist())]


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


def test_a_group_has_the_genres_of_all_its_films():
    films = [("A",), ("B",), ("A", "B"), ("B", "A"), ("C",)]
    label_sets, labels = module._label_sets_of_groups(
        np.array([0, 1, 2, 3, 4, 0], np.int32),
        GenreVocabulary(("A", "B", "C")).encode(films) > 0,
        np.array([0, 0, 1, 2, 3, 3], np.int32),
        4,
    )
    assert labels[label_sets].tolist() == [
        *([True, True, False], [True, True, False], [True, True, False], [True, False, True])
    ]


def test_given_splits_are_kept():
    requested = ["test", None, "validation", "train"]
    assert keep_given_splits(requested, np.arange(4)) == ["test", "train", "validation", "train"]


def test_the_film_in_evaluation_stays():
    requested = ["train", "validation", "test", None, "test", "validation"]
    groups = np.array([0, 0, 0, 0, 0, 1])
    assert keep_given_splits(requested, groups) == [2, 2, "test", 2, "test", "validation"]
    assert keep_given_splits([None, "validation"], np.array([0, 0])) == [1, "validation"]


def test_memory_per_film():
    def stratified(count):
        groups, label_sets = np.arange(count, dtype=np.int32), np.arange(count, dtype=np.int32) % 4
        genres = [("Drama",), ("Comedy", "Drama"), ("War",), ("Western", "War")]
        return lambda: module.stratify(label_sets, genres, groups, 0)

    def with_given_splits(count):
        groups = np.arange(count, dtype=np.int32) // 2
        requested = (np.arange(count) % 50 - 1).clip(-1, 2).astype(np.int8)
        return lambda: module.keep_given_splits(requested, groups)

    # sets of groups in two orders and the order: 12; splits in both, and which are left: 3
    assert bytes_per_film(stratified) < 17
    # a film that is kept, of half as many groups: 2; splits: 1; what leaks
    assert bytes_per_film(with_given_splits) < 5

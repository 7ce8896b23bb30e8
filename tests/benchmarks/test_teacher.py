import numpy as np

from teacher import duplicate_groups, group_folds


def test_duplicates_of_a_film_are_never_in_both_parts_of_a_fold():
    groups = np.repeat(np.arange(40), 3)
    held = []
    for seen, predicted in group_folds(groups):
        assert not set(groups[seen]) & set(groups[predicted])
        held += predicted.tolist()
    assert sorted(held) == list(range(len(groups)))


def test_groups_are_those_of_the_dataset(dataset):
    films = list(dataset.films("train"))[::-1]
    groups = duplicate_groups(dataset, films)
    assert groups.tolist() == dataset.table("train", ["group"])["group"].to_pylist()[::-1]

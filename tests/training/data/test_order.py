import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posterplot.training.data.order import batch_order, steps_per_epoch
from posterplot.training.ranks import ALONE, Rank


@pytest.mark.parametrize("count", [1, 4, 5, 6, 9, 11])
def test_an_epoch_holds_every_film_once_except_a_last_batch_of_one(count):
    batches = batch_order([0] * count, 5, seed=3)
    assert len(batches) == steps_per_epoch(count, 5)
    assert all(0 < len(batch) <= 5 for batch in batches)
    seen = [n for batch in batches for n in batch]
    assert len(seen) == len(set(seen)) == count - (count in (6, 11))


@given(
    films=st.integers(6, 60),
    batch_size=st.sampled_from([3, 6, 12]),
    seed=st.one_of(st.none(), st.integers(0, 99)),
)
def test_processes_share_the_batches_of_one(films, batch_size, seed):
    """All have equally many, so that none waits for another that has ended."""
    lengths = [n % 7 for n in range(films)]
    shares = [batch_order(lengths, batch_size, seed, Rank(n, 3)) for n in range(3)]
    assert len({len(share) for share in shares}) == 1
    assert all(batch for share in shares for batch in share)
    together = [sorted(n for share in step for n in share) for step in zip(*shares, strict=True)]
    alone = batch_order(lengths, batch_size, seed)
    if seed is None:
        assert [n for batch in together for n in batch] == list(range(films))
    elif len(alone) == len(together):
        assert together == [sorted(batch) for batch in alone]
    else:  # the last batch was too small to be shared
        assert films % batch_size < 6
    if seed is not None:
        assert len(together) == steps_per_epoch(films, batch_size, 3)


def test_an_unshuffled_epoch_holds_every_film():
    assert batch_order([9, 1, 5], 2, seed=None) == [[0, 1], [2]]


def test_overviews_of_similar_length_are_in_one_batch():
    lengths = torch.randint(1, 100, (320,), generator=torch.Generator().manual_seed(0)).tolist()

    def padding(batches):
        return sum(max(lengths[n] for n in b) - lengths[m] for b in batches for m in b)

    shuffled = [torch.randperm(320).tolist()[n : n + 8] for n in range(0, 320, 8)]
    assert padding(batch_order(lengths, 8, seed=1)) < padding(shuffled) / 3


def test_films_of_rare_genres_are_shown_again():
    lengths, factors = [5, 1, 3, 2], np.array([1.0, 3.0, 1.0, 2.0])
    batches = batch_order(lengths, 3, 0, ALONE, factors)
    assert len(batches) == steps_per_epoch(7, 3) == 2  # a last batch of one is left out
    everything = {0, 1, 5, 9, 2, 3, 7}
    epochs = [batch_order(lengths, 3, seed, ALONE, factors) for seed in range(20)]
    assert all({n for batch in epoch for n in batch} < everything for epoch in epochs)
    shares = [batch_order(lengths, 6, 7, Rank(n, 2), factors) for n in range(2)]
    (alone,) = batch_order(lengths, 6, 7, ALONE, factors)
    assert sorted(shares[0][0] + shares[1][0]) == sorted(alone)

import pytest
import torch

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.training.batches import (
    Films,
    batch_order,
    collate,
    loader,
    mix,
    steps_an_epoch,
)
from posterplot.training.tokenizer import train_tokenizer


@pytest.fixture
def films(dataset):
    both = [f for f in dataset.films("train") if len(f.modalities) == 2]
    tokenizer = train_tokenizer([f.overview for f in both], max_words=200, min_count=1)
    return Films(
        both,
        torch.from_numpy(dataset.vocabulary.encode([f.genres for f in both])),
        poster=PosterInput(height=24, width=16),
        overview=OverviewInput(max_tokens=9),
        tokenizer=tokenizer,
    )


def test_a_batch_has_the_shapes_of_the_contract(films):
    batch = collate([films[n] for n in range(4)])
    assert batch.posters.shape == (4, 3, 24, 16)
    assert batch.posters.dtype == torch.uint8
    assert batch.tokens.dtype == torch.int64
    assert batch.tokens.shape == batch.token_mask.shape
    assert batch.tokens.shape[1] <= 9
    assert (batch.tokens[~batch.token_mask] == 0).all()
    assert (batch.tokens[batch.token_mask] > 0).all()
    assert batch.targets.dtype == torch.float32


@pytest.mark.parametrize("count", [1, 4, 5, 6, 9, 11])
def test_an_epoch_holds_every_film_once_but_for_a_lone_last_one(count):
    batches = batch_order([0] * count, 5, seed=3)
    assert len(batches) == steps_an_epoch(count, 5)
    assert all(0 < len(batch) <= 5 for batch in batches)
    seen = [n for batch in batches for n in batch]
    assert len(seen) == len(set(seen)) == count - (count in (6, 11))


def test_films_in_their_own_order_are_all_there():
    assert batch_order([9, 1, 5], 2, seed=None) == [[0, 1], [2]]


def test_overviews_of_like_length_stand_together():
    lengths = torch.randint(1, 100, (320,), generator=torch.Generator().manual_seed(0)).tolist()

    def padding(batches):
        return sum(max(lengths[n] for n in b) - lengths[m] for b in batches for m in b)

    shuffled = [torch.randperm(320).tolist()[n : n + 8] for n in range(0, 320, 8)]
    assert padding(batch_order(lengths, 8, seed=1)) < padding(shuffled) / 3


def test_the_seed_alone_decides_the_order(films):
    def order(seed):
        return torch.cat([b.targets for b in loader(films, 5, workers=0, shuffle_seed=seed)])

    assert torch.equal(order(3), order(3))
    assert not torch.equal(order(3), order(4))


def test_seeds_depend_on_every_number_and_their_order():
    assert len({mix(1, 2), mix(2, 1), mix(1), mix(1, 2, 0), mix(12)}) == 5

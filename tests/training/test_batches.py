import pytest
import torch

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.films import GenreVocabulary
from posterplot.training.batches import Films, collate, loader, mix, steps_an_epoch, usable
from posterplot.training.tokenizer import train_tokenizer

GENRES = GenreVocabulary(("Action", "Drama", "Romance"))


@pytest.fixture
def films(dataset):
    table = usable(dataset.table("train"), poster=True, overview=True)
    texts = table["overview"].to_pylist()
    tokenizer = train_tokenizer(texts, max_words=200, min_count=1)
    return Films(
        table,
        dataset.vocabulary,
        poster=PosterInput(height=24, width=16),
        overview=OverviewInput(max_tokens=9),
        tokenizer=tokenizer,
    )


def test_only_films_with_what_is_read(dataset):
    table = dataset.table("train")
    counts = dataset.manifest.splits["train"]
    assert len(usable(table, poster=True, overview=False)) == counts.with_poster
    assert len(usable(table, poster=False, overview=True)) == counts.with_overview
    assert len(usable(table, poster=False, overview=False)) == counts.films


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
def test_an_epoch_holds_every_film_once_but_for_a_lone_last_one(films, count):
    table = films._table.slice(0, count)
    few = Films(table, GENRES, poster=None, overview=None, tokenizer=None)
    few.targets = torch.arange(count, dtype=torch.float32)[:, None]  # a film's number
    batches = list(loader(few, 5, workers=0, shuffle_seed=3))
    assert len(batches) == steps_an_epoch(count, 5)
    seen = sorted(torch.cat([b.targets for b in batches]).flatten().tolist())
    assert len(seen) == len(set(seen)) == count - (count in (6, 11))


def test_the_seed_alone_decides_the_order(films):
    def order(seed):
        return torch.cat([b.targets for b in loader(films, 5, workers=0, shuffle_seed=seed)])

    assert torch.equal(order(3), order(3))
    assert not torch.equal(order(3), order(4))


def test_seeds_depend_on_every_number_and_their_order():
    assert len({mix(1, 2), mix(2, 1), mix(1), mix(1, 2, 0), mix(12)}) == 5

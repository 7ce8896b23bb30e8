import pytest
import torch

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.training.batches import Films, collate, loader, mix, usable
from posterplot.training.tokenizer import train_tokenizer


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


def test_an_epoch_holds_every_film_once(films):
    batches = list(loader(films, 5, workers=0, shuffle_seed=3))
    seen = torch.cat([b.targets for b in batches])
    assert len(seen) in (len(films), len(films) - (len(films) % 5 == 1))
    again = list(loader(films, 5, workers=0, shuffle_seed=3))
    assert all(torch.equal(a.tokens, b.tokens) for a, b in zip(batches, again, strict=True))
    other = torch.cat([b.targets for b in loader(films, 5, workers=0, shuffle_seed=4)])
    assert not torch.equal(seen, other[: len(seen)])


def test_seeds_depend_on_every_number_and_their_order():
    assert len({mix(1, 2), mix(2, 1), mix(1), mix(1, 2, 0), mix(12)}) == 5

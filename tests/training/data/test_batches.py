import pytest
import torch

from posterplot.dataset.tokens import tokenize
from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.training.data.batches import (
    Films,
    collate,
    combine_seeds,
    draw_dropout,
    loader,
)
from posterplot.training.data.word_tokenizer import train_tokenizer


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


def test_a_batch_has_the_documented_shapes(films):
    batch = collate([films[n] for n in range(4)])
    assert batch.posters.shape == (4, 3, 24, 16)
    assert batch.posters.dtype == torch.uint8
    assert batch.tokens.dtype == torch.int64
    assert batch.tokens.shape == batch.token_mask.shape
    assert batch.tokens.shape[1] <= 9
    assert (batch.tokens[~batch.token_mask] == 0).all()
    assert (batch.tokens[batch.token_mask] > 0).all()
    assert batch.targets.dtype == torch.float32


def test_the_order_depends_only_on_the_seed(films):
    def order(seed):
        return torch.cat([b.targets for b in loader(films, 5, workers=0, shuffle_seed=seed)])

    assert torch.equal(order(3), order(3))
    assert not torch.equal(order(3), order(4))


def test_seeds_depend_on_every_number_and_their_order():
    assert (
        len(
            {
                combine_seeds(1, 2),
                combine_seeds(2, 1),
                combine_seeds(1),
                combine_seeds(1, 2, 0),
                combine_seeds(12),
            }
        )
        == 5
    )


CHANCES = {"poster": 0.2, "overview": 0.5}


def test_modality_dropout_has_its_probabilities():
    drawn = [draw_dropout(CHANCES, seed, index) for seed in range(100) for index in range(40)]
    # three standard deviations of 4000 draws are about 0.02
    assert drawn.count("poster") / len(drawn) == pytest.approx(0.2, abs=0.025)
    assert drawn.count("overview") / len(drawn) == pytest.approx(0.5, abs=0.025)
    assert drawn.count(None) / len(drawn) == pytest.approx(0.3, abs=0.025)


def test_modality_dropout_is_random_per_film_and_epoch():
    first = [draw_dropout(CHANCES, 1, index) for index in range(40)]
    assert first == [draw_dropout(CHANCES, 1, index) for index in range(40)]
    assert first != [draw_dropout(CHANCES, 2, index) for index in range(40)]
    assert len(set(first)) == 3


def _texts(films):
    return [f"{f.title} {f.overview}" for f in films if f.overview]


def _joint(dataset, **settings):
    films = list(dataset.films("train"))
    ready = Films(
        films,
        torch.zeros(len(films), 1),
        poster=PosterInput(height=24, width=16),
        overview=settings.pop("overview", OverviewInput(max_tokens=30)),
        tokenizer=train_tokenizer(_texts(films), max_words=400, min_count=1),
        **settings,
    )
    return films, ready


def test_modality_dropout_hides_one_modality_of_films_with_both(dataset):
    films, ready = _joint(dataset, modality_dropout=CHANCES)
    _, whole = _joint(dataset)
    hidden = set()
    for seed in range(10):
        ready.seed = seed
        for n, film in enumerate(films):
            example, expected = ready[n], whole[n]
            drawn = draw_dropout(CHANCES, seed, n) if len(film.modalities) == 2 else None
            hidden.add(drawn)
            assert example.poster_present == (film.poster is not None and drawn != "poster")
            assert (len(example.tokens) > 0) == (bool(film.overview) and drawn != "overview")
            assert example.poster_present or len(example.tokens)
            if example.poster_present:
                assert torch.equal(example.poster, expected.poster)
            else:
                assert (example.poster == 0).all()
            if len(example.tokens):
                assert example.tokens.tolist() == expected.tokens.tolist()
    assert hidden == {None, "poster", "overview"}


def test_a_missing_poster_is_black_and_marked_as_absent(dataset):
    films, ready = _joint(dataset)
    batch = collate([ready[n] for n in range(len(films))])
    has_poster = torch.tensor([film.poster is not None for film in films])
    assert torch.equal(batch.poster_present, has_poster)
    assert 0 < has_poster.sum() < len(films)
    assert (batch.posters[~has_poster] == 0).all()
    assert (batch.posters[has_poster].flatten(1) > 0).any(dim=1).all()
    has_overview = torch.tensor([bool(film.overview) for film in films])
    assert torch.equal(batch.token_mask.any(dim=1), has_overview)
    assert torch.equal(batch.soft_targets, batch.targets)


def test_title_dropout_leaves_out_some_titles(dataset):
    films, ready = _joint(
        dataset, overview=OverviewInput(max_tokens=30, title=True), title_dropout=0.3
    )
    titled = _joint(dataset, overview=OverviewInput(max_tokens=30, title=True))[1]
    untitled = _joint(dataset, overview=OverviewInput(max_tokens=30))[1]
    dropped = total = 0
    for seed in range(30):
        ready.seed = seed
        for n, film in enumerate(films):
            tokens = ready[n].tokens.tolist()
            if not film.overview:
                continue
            with_title, without = titled[n].tokens.tolist(), untitled[n].tokens.tolist()
            assert len(with_title) == len(without) + 2  # "Title 7"
            assert tokens in (with_title, without)
            total += 1
            dropped += tokens == without
    assert dropped / total == pytest.approx(0.3, abs=0.05)


def test_a_title_replaces_a_missing_overview(dataset):
    reads = OverviewInput(max_tokens=30, title=True)
    films, shown = _joint(dataset, overview=reads)
    dropout = {"poster": 0.0, "overview": 0.5}
    learnt = _joint(dataset, overview=reads, modality_dropout=dropout, title_instead=0.5)[1]
    tokenizer = train_tokenizer(_texts(films), max_words=400, min_count=1)
    named = tokenize(tokenizer, [f"{film.title}." for film in films], 30)
    with_title = {True: 0, False: 0}  # by whether the film has an overview
    for n, film in enumerate(films):
        tokens = shown[n].tokens.tolist()
        if not film.overview:
            assert tokens == named[n].tolist()
        for seed in range(40):
            learnt.seed = seed
            seen = learnt[n].tokens.tolist()
            if film.poster is None:  # a title alone is nothing to judge a film by
                assert seen == tokens
            elif seen != tokens or not film.overview:
                assert seen in ([], named[n].tolist())
                with_title[bool(film.overview)] += seen != []
    with_poster = [film for film in films if film.poster is not None]
    with_overview = 40 * sum(bool(film.overview) for film in with_poster)
    assert with_title[True] / with_overview == pytest.approx(0.25, abs=0.05)
    without_overview = 40 * len(with_poster) - with_overview
    assert with_title[False] / without_overview == pytest.approx(0.5, abs=0.08)


def test_every_film_has_its_weight(dataset):
    ready = _joint(dataset, weights=torch.rand(36))[1]
    batch = collate([ready[n] for n in (3, 0)])
    assert torch.equal(batch.weights, ready.weights[[3, 0]])
    assert (_joint(dataset)[1].weights == 1).all()


def test_an_order_may_be_given(dataset):
    films, ready = _joint(dataset)
    ready.targets = torch.arange(len(films))[:, None]
    order = list(range(len(films)))[::-1]
    batches = loader(ready, 7, workers=0, shuffle_seed=None, order=order)
    assert torch.cat([b.targets for b in batches]).flatten().tolist() == order

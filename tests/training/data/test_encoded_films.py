import tracemalloc
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import poster_bytes
from torch import nn

from posterplot.films import Film
from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import GenreNetwork, OverviewLSTM, PosterCNN
from posterplot.training.data.batches import Films, collate, draw_dropout
from posterplot.training.data.encoded_films import EncodedFilms, encode_films, encoded_loader
from posterplot.training.data.word_tokenizer import train_tokenizer

POSTER, OVERVIEW = PosterInput(height=24, width=16), OverviewInput(max_tokens=9)


@pytest.fixture
def films(dataset):
    """In an order of their own: with both modalities, and with either."""
    train_films = list(dataset.films("train"))
    assert {film.modalities for film in train_films} == {
        ("poster", "overview"),
        ("poster",),
        ("overview",),
    }
    return train_films[::-1]


@pytest.fixture
def tokenizer(films):
    texts = [film.overview for film in films if film.overview]
    return train_tokenizer(texts, max_words=200, min_count=1)


@pytest.fixture
def network(tokenizer):
    torch.manual_seed(0)
    words = tokenizer.get_vocab_size()
    lstm = OverviewLSTM(words, embedding=6, hidden=5, word_dropout=0.3, dropout=0.3)
    return GenreNetwork(PosterCNN([4, 6], 0.3), lstm, nn.Identity())


@pytest.fixture
def encode(network, tokenizer, tmp_path):
    def run(films, network=network, poster=POSTER, overview=OVERVIEW, folder=tmp_path / "encoded"):
        return encode_films(
            network,
            films,
            poster=poster,
            overview=overview,
            tokenizer=tokenizer,
            folder=folder,
            batch_size=5,
            workers=0,
            half=False,
        )

    return run


def _rows(count):
    """Targets and soft_targets that tell the films apart."""
    return torch.arange(count)[:, None].float(), -torch.arange(count)[:, None].float()


def _ready(films, encoded, dropout=None):
    return EncodedFilms(encoded, *_rows(len(films)), dropout)


def _assert_close(result, expected):
    assert torch.allclose(result, expected, rtol=2e-3, atol=2e-3)


def test_a_batch_holds_the_features_of_the_encoders(films, network, tokenizer, encode):
    ready = _ready(films, encode(films))
    examples = Films(
        films,
        ready.targets,
        soft_targets=ready.soft_targets,
        poster=POSTER,
        overview=OVERVIEW,
        tokenizer=tokenizer,
    )
    assert ready.lengths == examples.lengths
    assert len(ready) == len(films)
    for chosen in ([3, 0, 17, 9, 4], [8], list(range(len(films)))):
        batch = collate([examples[n] for n in chosen])
        with torch.no_grad():
            expected = network.eval().encode(*(getattr(batch, name) for name in network.inputs))
        result = ready.collate([ready[n] for n in chosen])
        present = expected.poster_present
        assert torch.equal(result.features.poster_present, present)
        assert torch.equal(result.features.token_mask, expected.token_mask)
        _assert_close(result.features.patches[present], expected.patches[present])
        mask = expected.token_mask
        _assert_close(result.features.token_features[mask], expected.token_features[mask])
        assert (
            result.features.token_features.dtype == result.features.patches.dtype == torch.float32
        )
        assert torch.equal(result.targets, batch.targets)
        assert torch.equal(result.soft_targets, batch.soft_targets)


def test_films_of_two_datasets_may_share_an_id(films, encode):
    same_id = [replace(film, id="row-2") for film in films]
    one, other = _ready(films, encode(films)), _ready(films, encode(same_id))
    every = range(len(films))
    for a, b in zip(one.collate(every).features, other.collate(every).features, strict=True):
        _assert_close(a, b)


def test_films_are_encoded_once(films, network, encode, monkeypatch):
    first = _ready(films, encode(films)).collate([1, 5, 2])

    def refuse(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(network, "encode_posters", refuse)
    monkeypatch.setattr(network, "encode_overviews", refuse)
    again = _ready(films[::-1], encode(films[::-1]))
    last = len(films) - 1
    second = again.collate([last - 1, last - 5, last - 2])
    assert all(torch.equal(a, b) for a, b in zip(first.features, second.features, strict=True))


@pytest.mark.parametrize("change", ["weights", "statistics", "film", "title", "size", "tokens"])
def test_a_changed_encoder_or_input_invalidates_the_cache(
    films, network, encode, monkeypatch, change
):
    settings = {"overview": OverviewInput(max_tokens=9, title=True)} if change == "title" else {}
    encode(films, **settings)
    if change == "weights":
        with torch.no_grad():
            network.poster.blocks[0].weight[0, 0, 0, 0] += 1
    elif change == "statistics":
        network.poster.blocks[1].running_mean[0] += 1
    elif change == "film":
        films[4] = replace(films[4], overview="another gun", poster=poster_bytes(("Drama",), 99))
    elif change == "title":
        with_overview = next(n for n, film in enumerate(films) if film.overview)
        films[with_overview] = replace(films[with_overview], title="another title")
    elif change == "size":
        settings["poster"] = PosterInput(height=32, width=16)
    else:
        settings["overview"] = OverviewInput(max_tokens=5)

    def refuse(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(network, "encode_posters", refuse)
    monkeypatch.setattr(network, "encode_overviews", refuse)
    with pytest.raises(AssertionError, match="encoded again"):
        encode(films, **settings)


def test_a_folder_that_cannot_be_written_does_not_stop_tag(films, encode, tmp_path):
    (tmp_path / "file").touch()
    result, expected = encode(films, folder=tmp_path / "file"), encode(films)
    assert np.array_equal(result.token_features, expected.token_features)
    assert np.array_equal(result.patches, expected.patches)


def test_encoded_films_are_not_held_in_memory(encode):
    class Large(nn.Module):
        def forward(self, posters):
            return torch.ones(len(posters), 64, 2048)  # 256 kB a film in half precision

    films = [Film(str(n), poster=poster_bytes(("Drama",), 1)) for n in range(100)]
    network = GenreNetwork(Large(), None, nn.Identity())
    tracemalloc.start()
    encoded = encode(films, network, overview=None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert encoded.patches.nbytes == 100 * 64 * 2048 * 2
    assert bool((encoded.patches == 1).all())
    assert peak < encoded.patches.nbytes / 3


@pytest.mark.parametrize("damage", [b"half", None])
def test_damaged_cache_entries_are_encoded_again(films, encode, tmp_path, damage):
    expected = np.array(encode(films).token_features)  # a copy: what is given lies in the file
    (kept,) = (tmp_path / "encoded").glob("*/token_features.npy")
    kept.unlink()
    if damage:
        kept.write_bytes(damage)
    assert np.array_equal(encode(films).token_features, expected)
    assert np.array_equal(encode(films).token_features, expected)
    assert len(list((tmp_path / "encoded").iterdir())) == 2  # of posters, of overviews


@pytest.mark.parametrize("reads", ["poster", "overview"])
def test_one_modality_alone(films, network, encode, reads):
    if reads == "poster":
        alone = GenreNetwork(network.poster, None, nn.Identity())
        films = [film for film in films if film.poster]
        features = _ready(films, encode(films, alone, overview=None)).collate([0, 2]).features
        assert features.patches.shape == (2, 6, 6)
        assert features.poster_present is features.token_features is features.token_mask is None
    else:
        alone = GenreNetwork(None, network.overview, nn.Identity())
        films = [film for film in films if film.overview]
        features = _ready(films, encode(films, alone, poster=None)).collate([0, 2]).features
        assert features.token_features.shape == (2, 9, 10)
        assert features.token_mask.all()
        assert features.poster_present is features.patches is None


def test_modality_dropout_hides_what_it_draws_and_never_both(films, encode):
    chances = {"poster": 0.4, "overview": 0.4}
    everything = _ready(films, encode(films)).collate(range(len(films))).features
    ready = _ready(films, encode(films), chances)
    hidden = set()
    for seed in range(20):
        ready.seed = seed
        result = ready.collate(range(len(films))).features
        shown = result.token_mask.any(dim=1)
        assert (result.poster_present | shown).all()
        for n, film in enumerate(films):
            drawn = draw_dropout(chances, seed, n) if len(film.modalities) == 2 else None
            hidden.add(drawn)
            assert result.poster_present[n] == (film.poster is not None and drawn != "poster")
            assert shown[n] == (bool(film.overview) and drawn != "overview")
            if shown[n]:
                mask = everything.token_mask[n]
                assert torch.equal(
                    result.token_features[n][result.token_mask[n]],
                    everything.token_features[n][mask],
                )
    assert hidden == {None, "poster", "overview"}
    ready.seed = 0
    again = ready.collate(range(len(films))).features
    ready.seed = 1
    ready.collate(range(len(films)))
    ready.seed = 0
    same = ready.collate(range(len(films))).features
    assert all(torch.equal(a, b) for a, b in zip(again, same, strict=True))


def test_a_loader_gives_every_film_in_its_order(films, encode):
    ready = _ready(films, encode(films))
    in_order = torch.cat([b.targets for b in encoded_loader(ready, 7, shuffle_seed=None)])
    assert in_order.flatten().tolist() == list(range(len(films)))
    shuffled = torch.cat([b.targets for b in encoded_loader(ready, 6, shuffle_seed=3)])
    assert sorted(shuffled.flatten().tolist()) == list(range(len(films)))
    assert not torch.equal(shuffled, in_order)


def test_an_overview_without_a_word_is_absent(network, encode):
    odd = [
        Film("a", overview="🎬", poster=poster_bytes(("Drama",), 1)),
        Film("b", overview="a gun"),
    ]
    features = _ready(odd, encode(odd)).collate([0, 1]).features
    assert features.token_mask.any(dim=1).tolist() == [False, True]
    assert features.poster_present.tolist() == [True, False]


def test_every_film_that_is_encoded_is_counted(network, tokenizer, films, tmp_path):
    counted = []

    @contextmanager
    def progress(what, total):
        finished = []
        yield finished.append
        counted.append((what, total, sum(finished)))

    def encode():
        encode_films(
            network,
            films,
            poster=POSTER,
            overview=OVERVIEW,
            tokenizer=tokenizer,
            folder=tmp_path / "encoded",
            batch_size=5,
            workers=0,
            half=False,
            progress=progress,
        )

    encode()
    count = len(films)
    assert counted == [("encoding posters", count, count), ("encoding overviews", count, count)]
    encode()
    assert len(counted) == 2  # they are in the cache

from types import SimpleNamespace

import pytest
import torch
from tests.conftest import CNN

from posterplot.errors import ConfigError
from posterplot.training.config.run_config import load_config
from posterplot.training.data.film_data import FilmData
from posterplot.training.data.selection import read_films
from posterplot.training.ranks import Rank


@pytest.fixture
def make(dataset, tmp_path):
    """Return a function that makes the data of a poster network from overrides."""

    def make(*overrides, **options):
        (tmp_path / "config.toml").write_text(CNN)
        config = load_config(tmp_path / "config.toml", list(overrides))
        films = read_films(config, dataset, lambda _: None)
        return FilmData(config, films, None, None, tmp_path / "encoded", **options), films

    return make


def test_an_epoch_shows_every_training_film_once(make):
    data, films = make("fit.batch_size=7")
    steps = data.steps_per_epoch
    data.trainer = SimpleNamespace(global_step=0)
    batches = list(data.train_dataloader())
    assert len(batches) == steps
    sizes = sorted((len(batch.targets) for batch in batches), reverse=True)
    assert sizes[:-1] == [7] * (steps - 1)
    assert len(films.train) - sum(sizes) in (0, 1)  # a batch has two films at least


def test_validation_films_are_in_their_order(make):
    data, films = make()
    targets = torch.cat([batch.targets for batch in data.val_dataloader()])
    assert torch.equal(targets, films.validation_targets)


def test_the_order_follows_from_the_seed_and_the_number_of_steps(make):
    def order(step, *overrides):
        data, _ = make(*overrides)
        data.trainer = SimpleNamespace(global_step=step)
        return torch.cat([batch.targets for batch in data.train_dataloader()])

    steps = make()[0].steps_per_epoch
    assert torch.equal(order(0), order(steps - 1))
    assert not torch.equal(order(0), order(steps))
    assert not torch.equal(order(0), order(0, "seed=7"))


def test_films_of_rare_genres_are_shown_more_often(make):
    usual, films = make("fit.batch_size=2")
    more, _ = make("fit.batch_size=2", "sampling.repeat_threshold=0.9")
    assert usual.steps_per_epoch == len(films.train) // 2
    assert more.steps_per_epoch > usual.steps_per_epoch


def test_more_processes_than_films_are_refused(make):
    with pytest.raises(ConfigError, match=r"fit.devices: 99 processes cannot share \d+ films"):
        make(rank=Rank(0, 99))

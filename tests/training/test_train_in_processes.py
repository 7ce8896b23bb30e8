"""Two processes against one. Each of them imports PyTorch, so there are few such tests."""

import csv
import json

import pytest
import torch
from tests.conftest import LSTM
from tests.quick_graph import train_and_resume

from posterplot.errors import ConfigError
from posterplot.inference.bundle import load_bundle
from posterplot.training.build.network import make_network
from posterplot.training.config.run_config import load_config
from posterplot.training.data.film_data import FilmData
from posterplot.training.data.selection import read_films
from posterplot.training.loop.module import epoch_metrics
from posterplot.training.ranks import Rank
from posterplot.training.train import train

# What is random in a network is drawn by each process for its own films.
EXACT = (
    "overview.dropout=0",
    "overview.word_dropout=0",
    "head.dropout=0",
    "fit.learning_rate=0.03",
    "fit.epochs=4",
    "fit.workers=1",
)
TWO = ("fit.devices=2", "fit.strategy=ddp")


@pytest.fixture(scope="module")
def configure(tmp_path_factory):
    file = tmp_path_factory.mktemp("config") / "config.toml"
    file.write_text(LSTM)
    return lambda *overrides: load_config(file, list(overrides))


@pytest.fixture(scope="session")
def two_processes(dataset, made_once):
    """A folder with a resumed run, its copy before that, and the lines that were printed before."""

    def make(folder):
        (folder / "config.toml").write_text(LSTM)
        lines = []
        config = load_config(folder / "config.toml", [*EXACT, *TWO])
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("posterplot.training.train._train_part", train_and_resume)
            train(config, dataset, folder / "run", log=lines.append)
        (folder / "lines.json").write_text(json.dumps(lines))

    return made_once("two-processes", make)


def _history(run):
    with (run / "history.csv").open() as stream:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(stream)]


@pytest.mark.usefixtures("quick_export")
def test_two_processes_train_as_one(configure, two_processes, dataset, tmp_path):
    run, lines = two_processes / "copy", json.loads((two_processes / "lines.json").read_text())
    one = train(configure(*EXACT), dataset, tmp_path / "one").manifest
    two = load_bundle(run).manifest
    for alone, together in zip(_history(tmp_path / "one"), _history(run), strict=True):
        assert together == pytest.approx(alone, abs=1e-4)
    for rule, thresholds in one.decisions.thresholds.items():
        assert two.decisions.thresholds[rule] == pytest.approx(thresholds, abs=0.02)
    assert sum(line.startswith("epoch ") for line in lines) == 4
    assert len(set(lines)) == len(lines)  # only one process speaks
    names = {"bundle", "checkpoints", "config.toml", "history.csv", "timing.json"}
    assert {path.name for path in run.iterdir()} == names


def test_the_metrics_are_those_that_one_process_computes_with_the_same_weights(
    configure, two_processes, dataset
):
    config, run = configure(*EXACT, *TWO), two_processes / "copy"
    best = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    films = read_films(config, dataset, lambda _: None)
    network, tokenizer = make_network(config, films.train_overviews, films.targets.mean(dim=0), "")
    state = {key.removeprefix("network."): value for key, value in best["state_dict"].items()}
    network.load_state_dict(state)
    data = FilmData(config, films, network.eval(), tokenizer, run)
    with torch.no_grad():
        logits = [network(b.tokens, b.token_mask).logits for b in data.val_dataloader()]
    figures = epoch_metrics(torch.cat(logits), films.validation_targets)
    row = _history(run)[best["epoch"]]
    for name, value in figures.items():
        assert row[f"validation_{name}"] == pytest.approx(value.item(), abs=2e-6), name


def test_a_training_in_two_processes_resumes_and_ends_the_same(two_processes):
    """It goes on from its best epoch, as the last checkpoint is damaged."""
    run, copy = two_processes / "run", two_processes / "copy"
    assert torch.load(copy / "checkpoints" / "best.ckpt", weights_only=True)["epoch"] < 3
    assert load_bundle(run).path == run / "bundle"
    assert (run / "history.csv").read_text() == (copy / "history.csv").read_text()
    one, other = (
        torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
        for folder in (run, copy)
    )
    assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["fit.devices=3"], "batch_size 8 cannot be shared equally by 3 processes"),
        (["fit.strategy=fsdp"], "fit.strategy: input should be 'auto' or 'ddp'"),
        (["fit.devices=0"], "fit.devices: input should be greater than or equal to 1"),
        (["fit.frozen=true", "fit.devices=2"], "frozen trains only a head, on one device"),
    ],
)
def test_values_that_cannot_work_are_refused(configure, overrides, message):
    with pytest.raises(ConfigError) as raised:
        configure(*overrides)
    assert message in str(raised.value)


def test_more_processes_than_films_are_refused(configure, dataset, tmp_path):
    config = configure("fit.devices=32", "fit.batch_size=32")
    films = read_films(config, dataset, lambda _: None)
    network, tokenizer = make_network(config, films.train_overviews, films.targets.mean(dim=0), "")
    with pytest.raises(ConfigError, match=r"32 processes cannot share \d+ films of train"):
        FilmData(config, films, network, tokenizer, tmp_path, rank=Rank(0, 32))


def test_more_gpus_than_there_are_are_refused(configure, monkeypatch):
    from posterplot.training.loop.trainer import check_devices

    monkeypatch.setattr("torch.accelerator.current_accelerator", lambda _: torch.device("cuda"))
    monkeypatch.setattr("torch.accelerator.device_count", lambda: 1)
    fit = configure("fit.devices=2", "fit.accelerator=auto").fit
    with pytest.raises(ConfigError, match=r"fit.devices: is 2, and this machine has 1 of cuda"):
        check_devices(fit)
    check_devices(configure("fit.devices=2", "fit.accelerator=cpu").fit)

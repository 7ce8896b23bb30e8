import shutil

import numpy as np
import pytest
import torch
from tests.conftest import CNN, train_runs

from posterplot.errors import BundleError, ConfigError, UsageError
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs
from posterplot.training.build.restore import feed, restore_network


@pytest.fixture
def copy(runs, tmp_path):
    """Copy a run, to be spoilt."""

    def make(name):
        shutil.copytree(runs / name, tmp_path / name)
        return tmp_path / name

    return make


def films(bundle) -> list[FilmInputs]:
    rng = np.random.default_rng(1)
    poster, tokens = None, None
    if size := bundle.manifest.poster:
        poster = rng.integers(0, 256, (3, size.height, size.width), dtype=np.uint8)
    if bundle.manifest.overview:
        tokens = rng.integers(0, 30, 11)
    both = FilmInputs(poster, tokens)
    return [
        both,
        *(
            (FilmInputs(poster, None), FilmInputs(None, tokens))
            if all(part is not None for part in both)
            else ()
        ),
    ]


@pytest.mark.parametrize(
    "name",
    ["tiny-cnn", "tiny-lstm", "joint_run", "frozen_run", "tiny-tuned", "tiny-contextual"],
)
def test_the_restored_network_predicts_as_the_bundle(request, runs, tuned_runs, name):
    if name in ("joint_run", "frozen_run"):
        run = request.getfixturevalue(name)
    else:
        run = (runs if (runs / name).exists() else tuned_runs) / name
    bundle = load_bundle(run)
    network = restore_network(run)
    assert not network.training
    for inputs in films(bundle):
        with torch.no_grad():
            logits = network(*feed(network, inputs, bundle.manifest.poster).values()).logits
        expected = Predictor(bundle).run([inputs])["logits"]
        assert np.abs(logits.numpy() - expected).max() < 1e-4


def test_a_quantised_bundle_matches_its_network_within_tolerance(tuned_runs):
    run = tuned_runs / "tiny-int8"
    one, other = (
        torch.load(folder / "checkpoints/best.ckpt", weights_only=True)["state_dict"]
        for folder in (run, tuned_runs / "tiny-contextual")
    )
    assert all(torch.equal(one[key], other[key]) for key in one)  # the graph was made of the other
    bundle = load_bundle(run)
    network = restore_network(run)
    (inputs,) = films(bundle)
    with torch.no_grad():
        logits = network(*feed(network, inputs, None).values()).logits.numpy()
    assert 0 < np.abs(logits - Predictor(bundle).run([inputs])["logits"]).max() < 0.5


def test_pretrained_weights_are_not_needed(tuned_runs, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("read the weights")

    monkeypatch.setattr("posterplot.training.build.network.load_poster_model", refuse)
    monkeypatch.setattr("posterplot.training.build.network.load_overview_model", refuse)
    for name in ("tiny-tuned", "tiny-contextual"):
        restore_network(tuned_runs / name)


@pytest.mark.parametrize(
    ("name", "kind"), [("tiny-tfidf", "tfidf"), ("tiny-fusion", "late-fusion")]
)
def test_a_run_without_a_network_is_refused(runs, name, kind):
    with pytest.raises(UsageError, match=f"{name}: is a run of {kind}, which has no network"):
        restore_network(runs / name)


def test_a_bundle_is_not_a_run(runs):
    with pytest.raises(UsageError, match=r"bundle: is not a run: there is no config.toml in it"):
        restore_network(runs / "tiny-cnn" / "bundle")


def test_a_run_without_its_checkpoint_is_refused(copy):
    run = copy("tiny-lstm")
    shutil.rmtree(run / "checkpoints")
    with pytest.raises(ConfigError, match="has no checkpoint"):
        restore_network(run)


def test_a_checkpoint_of_another_shape_is_refused(copy):
    run = copy("tiny-cnn")
    config = (run / "config.toml").read_text()
    (run / "config.toml").write_text(config.replace("    6,", "    5,"))
    with pytest.raises(ConfigError, match=r"another network than its config.toml") as caught:
        restore_network(run)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("quick_export")
def test_a_checkpoint_of_another_training_is_refused(copy, dataset, tmp_path):
    run, text = copy("tiny-cnn"), CNN.replace("tiny-cnn", "other")
    train_runs(dataset, tmp_path, text, changes=("seed=1", "fit.epochs=1"))
    shutil.copy(tmp_path / "other" / "checkpoints" / "best.ckpt", run / "checkpoints")
    with pytest.raises(BundleError, match="are not of the same network"):
        restore_network(run)

import pytest

from posterplot.bundle import load_bundle
from posterplot.predictor import Predictor
from tests.conftest import JOINT


@pytest.fixture(scope="session")
def joint_run(dataset, tmp_path_factory):
    """A run of a tiny joint model, whose graph tells attention and evidence."""
    from posterplot.training.config import load_config
    from posterplot.training.train import train

    folder = tmp_path_factory.mktemp("joint")
    (folder / "config.toml").write_text(JOINT)
    train(load_config(folder / "config.toml"), dataset, folder / "run")
    return folder / "run"


@pytest.fixture(scope="session")
def joint(joint_run):
    return Predictor(load_bundle(joint_run))


@pytest.fixture(scope="session")
def fused(runs):
    """Late fusion: both modalities, and nothing told but logits."""
    return Predictor(load_bundle(runs / "tiny-fusion"))


@pytest.fixture(scope="session")
def lstm(runs):
    return Predictor(load_bundle(runs / "tiny-lstm"))


@pytest.fixture(scope="session")
def cnn(runs):
    return Predictor(load_bundle(runs / "tiny-cnn"))

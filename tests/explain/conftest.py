import pytest

from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor


@pytest.fixture(scope="session")
def joint(joint_run):
    return Predictor(load_bundle(joint_run))


@pytest.fixture(scope="session")
def fused(runs):
    """Late fusion of both modalities, which returns only logits."""
    return Predictor(load_bundle(runs / "tiny-fusion"))


@pytest.fixture(scope="session")
def lstm(runs):
    return Predictor(load_bundle(runs / "tiny-lstm"))


@pytest.fixture(scope="session")
def cnn(runs):
    return Predictor(load_bundle(runs / "tiny-cnn"))

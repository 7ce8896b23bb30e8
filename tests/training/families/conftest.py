import pytest

from posterplot.inference.bundle import load_bundle


@pytest.fixture
def parts(runs):
    """The models of posters and of overviews that late fusion joins."""
    return load_bundle(runs / "tiny-cnn"), load_bundle(runs / "tiny-lstm")

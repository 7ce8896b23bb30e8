import pytest

from posterplot.training.config.run_config import load_config


@pytest.fixture
def load(tmp_path):
    """Return a function that loads a configuration from its text and overrides."""

    def load(text, *overrides):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load_config(path, list(overrides))

    return load

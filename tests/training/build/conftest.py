import pytest

from posterplot.training.config.run_config import load_config


@pytest.fixture
def config(tmp_path, bert):
    """Return a function that loads a configuration from its text."""

    def load(text, *overrides):
        path = tmp_path / "config.toml"
        path.write_text(text.format(bert=bert))
        return load_config(path, list(overrides))

    return load

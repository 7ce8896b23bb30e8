from pathlib import Path

import pytest

from posterplot.configs import CONFIGS, config_file, config_names
from posterplot.errors import ConfigError
from posterplot.training.config.run_config import load_config
from tests.conftest import CNN


def test_the_configurations_in_the_package_are_valid():
    assert len(config_names()) >= 4
    for name in config_names():
        assert load_config(Path(name)).name == name
        assert config_file(Path(name)).parent == CONFIGS


def test_the_configurations_in_the_package_train_on_one_dataset():
    for name in config_names():
        config = load_config(Path(name))
        assert not getattr(config, "sources", ())
        assert getattr(config, "distillation", None) is None


def test_a_file_of_the_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "joint").write_text(CNN)
    assert load_config(Path("joint")).overview is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("poster-cn", "poster-cn: file not found; .* in the package .did you mean poster-cnn"),
        ("joint.toml", r"in the package .did you mean joint\?.: joint, joint-frozen, "),
        ("configs/nothing.toml", "in the package: joint, joint-frozen, "),
    ],
)
def test_an_unknown_configuration_comes_with_those_there_are(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=message):
        load_config(Path(name))

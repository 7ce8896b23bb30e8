import pytest
from tests.conftest import CNN

from posterplot.errors import ConfigError
from posterplot.training.config import load_config, save_config


def _load(tmp_path, text, *overrides):
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load_config(path, list(overrides))


def test_every_fault_is_named_at_once(tmp_path):
    text = """
kind = "network"
name = "x"
[poster]
hight = 24
[augmentation]
flip = "often"
[fit]
epochs = 0
lr = 0.1
"""
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    line = str(caught.value)
    assert "poster.hight is unknown (did you mean height?)" in line
    assert "augmentation.flip" in line
    assert "fit.epochs" in line
    assert "fit.lr is unknown" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"', "kind is missing"),
        ('kind = "forest"\nname = "x"', "forest"),
        ('kind = "network"\nname = "x"\n[fit]\nepochs = 1', "at least one of"),
        ('kind = "network"\nname = "x"\n[poster]', "fit is missing"),
        ("kind = ", "is not TOML"),
        (f"{CNN}\n[head]\ndropout = 1.0", "head.dropout"),
        (CNN.replace("[4, 6]", "[]"), "poster.channels"),
        (CNN.replace("[4, 6]", "[4, 4, 4, 4]"), "4 blocks need posters of at least 32×32"),
        (CNN.replace('"cpu"', '"warp"'), "fit.accelerator"),
        ("seed = -1" + CNN, "seed"),
    ],
)
def test_a_wrong_configuration_is_one_clear_line(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said):
        _load(tmp_path, text)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "none.toml")


def test_overrides(tmp_path):
    config = _load(
        tmp_path, CNN, "fit.epochs=7", "loss.kind=focal", "poster.channels=[2, 3]", 'name="other"'
    )
    assert config.fit.epochs == 7
    assert config.loss.kind == "focal"
    assert config.poster.channels == (2, 3)
    assert config.name == "other"


@pytest.mark.parametrize("override", ["fit.epochs", "=3", "name.first=3"])
def test_a_wrong_override(tmp_path, override):
    with pytest.raises(ConfigError, match="--set"):
        _load(tmp_path, CNN, override)


def test_a_saved_configuration_is_read_back_equal(tmp_path):
    config = _load(tmp_path, CNN)
    save_config(config, tmp_path / "saved.toml")
    assert load_config(tmp_path / "saved.toml") == config


def test_the_published_configurations_are_valid(pytestconfig):
    paths = sorted((pytestconfig.rootpath / "configs").glob("*.toml"))
    assert len(paths) >= 4
    for path in paths:
        assert load_config(path).name == path.stem

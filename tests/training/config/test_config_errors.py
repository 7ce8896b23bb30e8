import pytest
from tests.conftest import CNN, FROZEN

from posterplot.cli.option_names import error_line
from posterplot.errors import ConfigError


def test_every_fault_is_named_at_once(load):
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
        load(text)
    line = str(caught.value)
    assert "poster.hight is unknown (did you mean height?)" in line
    assert "augmentation.flip" in line
    assert "fit.epochs" in line
    assert "fit.lr is unknown" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("section", "key", "near"),
    [
        ("poster", "learning_rat", "learning_rate"),
        ("poster", "frozen_stage", "frozen_stages"),
        ("overview", "frozen_layer", "frozen_layers"),
        ("overview.lstm", "hiden", "hidden"),
        ("head", "widht", "width"),
        ("modality_dropout", "postr", "poster"),
    ],
)
def test_unknown_keys_suggest_the_nearest_that_the_encoder_has(load, section, key, near):
    with pytest.raises(ConfigError) as caught:
        load(FROZEN, f"{section}.{key}=1")
    assert f"{section}.{key} is unknown (did you mean {near}?)" in str(caught.value)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.epochs=1", "training is unknown (did you mean fit.epochs?)"),
        ("epochs=1", "epochs is unknown (did you mean fit.epochs?)"),
        ("pretrained=true", "pretrained is unknown"),
        ("network.a=1", "network is unknown"),
        ("poster.scratch=1", "poster.scratch is unknown"),
        ("fit.epoch=1", "fit.epoch is unknown (did you mean epochs?)"),
        ("fit.epochs=none", "fit.epochs: input should be a valid integer"),
    ],
)
def test_an_error_of_an_override_names_it(load, override, message):
    with pytest.raises(ConfigError) as caught:
        load(CNN, "fit.patience=2", override)
    key, _, value = override.partition("=")
    assert str(caught.value).startswith(f'`overrides={{"{key}": {value}}}`: {message}')
    assert error_line(caught.value).startswith(f"--set {override}: {message}")


@pytest.mark.parametrize(
    ("text", "override", "message"),
    [
        (CNN, "fit.c=1", "fit.c is unknown; [fit] has epochs, batch_size, frozen, "),
        (
            CNN,
            "fi.c=1",
            "fi is unknown (did you mean fit?); a configuration has kind, ",
        ),
        (CNN, "zzz=1", "zzz is unknown; a configuration has kind, name, seed, [poster], "),
        (FROZEN, "overview.lstm.zzz=1", "overview.lstm.zzz is unknown; [overview.lstm] has hidden"),
        (CNN, "name.first=3", "name is not a section; a configuration has kind, name, seed, "),
    ],
)
def test_an_unknown_key_comes_with_those_that_there_are(load, text, override, message):
    with pytest.raises(ConfigError) as caught:
        load(text, override)
    assert error_line(caught.value).startswith(f"--set {override}: {message}")


def test_the_keys_of_a_section_are_listed_once(load):
    with pytest.raises(ConfigError) as caught:
        load(CNN, "fit.one=1", "fit.two=2", "loss.three=3")
    line = error_line(caught.value)
    assert line.count("[fit] has epochs") == 1
    assert line.count("[loss] has ") == 1


def test_faults_of_the_file_and_of_an_override(load, tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(CNN.replace("[fit]", "[fit]\nepoch = 2"), "fit.patience=0")
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'config.toml'}: fit.epoch is unknown")
    assert '`overrides={"fit.patience": 0}`: fit.patience: ' in line

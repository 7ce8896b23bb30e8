from pathlib import Path

import pytest
from tests.conftest import CNN, FROZEN, JOINT, LSTM

from posterplot.cli.option_names import error_line
from posterplot.configs import CONFIGS, config_file, config_names
from posterplot.errors import ConfigError
from posterplot.training.config.run_config import load_config, save_config


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
        ('poster = "cnn"\n' + LSTM, "poster: input should be a valid dictionary"),
        ('overview = ["lstm"]\n' + CNN, "overview: input should be a valid dictionary"),
        (f"{CNN}\n[head]\nkind = 'gated'", "head.kind gated reads both modalities"),
        (f"{JOINT}\n[augmentation]\nmixup = 0.5", "train on posters only"),
        (JOINT.replace('"attention"', '"mean"'), "head.kind mean reads one modality"),
        (JOINT.replace('"attention"', '"pooled"'), "head.kind pooled reads one modality"),
        (JOINT.replace("heads = 2", "heads = 3"), "head: 3 heads do not divide a width of 8"),
        (JOINT.replace("poster = 0.3", "poster = 0.8"), "must not exceed 1 together"),
        (
            f"{CNN}\n[init_from]\noverview = 'runs/x'",
            "init_from.overview is given, but there",
        ),
        (CNN + "frozen = true", "fit.frozen is for pretrained encoders, and poster has none"),
        (LSTM + "frozen = true", "fit.frozen is for pretrained encoders, and overview has none"),
        (FROZEN.replace("48", "0"), "poster.height"),
        (FROZEN.replace('"{bert}"', '"{bert}"\nfrozen_layers = -2'), "overview.frozen_layers"),
        (f"{CNN}\n[distillation]\nweight = 1", "distillation.predictions is missing"),
        (f"{CNN}\n[distillation]\npredictions = []", "distillation.predictions"),
        (f"{CNN}\n[[sources]]\nweight = 0.5", "sources.0.dataset is missing"),
        (f"{CNN}\n[[sources]]\ndataset = 'x'\nweight = 0", "sources.0.weight"),
        (f"{CNN}\n[[sources]]\ndataset = 'x'\nwieght = 1", r"wieght is unknown .*mean weight\?"),
    ],
)
def test_a_wrong_configuration_is_one_clear_line(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said):
        _load(tmp_path, text)


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
def test_unknown_keys_suggest_the_nearest_that_the_encoder_has(tmp_path, section, key, near):
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, FROZEN, f"{section}.{key}=1")
    assert f"{section}.{key} is unknown (did you mean {near}?)" in str(caught.value)


def test_keys_of_pretrained_encoders_are_unknown_to_encoders_from_scratch(tmp_path):
    with pytest.raises(ConfigError, match=r"frozen_stages is unknown; \[poster\] has .*channels"):
        _load(tmp_path, CNN, "poster.frozen_stages=1")
    with pytest.raises(ConfigError, match=r"channels is unknown; \[poster\] has .*frozen_stages"):
        _load(tmp_path, FROZEN, "poster.channels=[4]")


def test_encoders_are_trained_from_scratch_by_default(tmp_path):
    assert _load(tmp_path, CNN).poster.encoder == "cnn"
    assert _load(tmp_path, LSTM, "overview.encoder=lstm").overview.hidden == 5
    loaded = _load(tmp_path, FROZEN)
    assert loaded.poster.weights is None
    assert loaded.overview.frozen_layers == 0


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="file not found"):
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
    with pytest.raises(ConfigError, match="section"):
        _load(tmp_path, CNN, override)


SOURCES = f"""{LSTM}
[[sources]]
dataset = "data/tmdb"
weight = 0.5
unknown = ["Sport"]
rename = {{ "Science Fiction" = "Sci-Fi", "TV Movie" = "" }}
[[sources]]
dataset = "data/more"
"""


@pytest.mark.parametrize("text", [CNN, LSTM, JOINT, FROZEN, SOURCES])
def test_a_saved_configuration_is_read_back_equal(tmp_path, text):
    config = _load(tmp_path, text)
    save_config(config, tmp_path / "saved.toml")
    assert load_config(tmp_path / "saved.toml") == config


def test_the_configurations_in_the_package_are_valid():
    assert len(config_names()) >= 4
    for name in config_names():
        assert load_config(Path(name)).name == name
        assert config_file(Path(name)).parent == CONFIGS


def test_a_file_of_the_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "joint").write_text(CNN)
    assert load_config(Path("joint")).overview is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("poster-cn", "poster-cn: file not found; .* in the package .did you mean poster-cnn"),
        ("joint.toml", r"in the package .did you mean joint\?.: joint, joint-frozen, "),
        ("configs/nothing.toml", "in the package: joint, joint-frozen, "),
    ],
)
def test_an_unknown_configuration_comes_with_those_there_are(tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=said):
        load_config(Path(name))


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("training.epochs=1", "training is unknown (did you mean fit.epochs?)"),
        ("epochs=1", "epochs is unknown (did you mean fit.epochs?)"),
        ("fit.epoch=1", "fit.epoch is unknown (did you mean epochs?)"),
        ("fit.epochs=none", "fit.epochs: input should be a valid integer"),
    ],
)
def test_an_error_of_an_override_names_it(tmp_path, override, said):
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, CNN, "fit.patience=2", override)
    key, _, value = override.partition("=")
    assert str(caught.value).startswith(f'`overrides={{"{key}": {value}}}`: {said}')
    assert error_line(caught.value).startswith(f"--set {override}: {said}")


@pytest.mark.parametrize(
    ("text", "override", "said"),
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
def test_an_unknown_key_comes_with_those_that_there_are(tmp_path, text, override, said):
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text, override)
    assert error_line(caught.value).startswith(f"--set {override}: {said}")


def test_the_keys_of_a_section_are_listed_once(tmp_path):
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, CNN, "fit.one=1", "fit.two=2", "loss.three=3")
    line = error_line(caught.value)
    assert line.count("[fit] has epochs") == 1
    assert line.count("[loss] has ") == 1


def test_faults_of_the_file_and_of_an_override(tmp_path):
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, CNN.replace("[fit]", "[fit]\nepoch = 2"), "fit.patience=0")
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'config.toml'}: fit.epoch is unknown")
    assert '`overrides={"fit.patience": 0}`: fit.patience: ' in line


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 10_000, "[poster]\nheight = 1000000000", "[poster]\nchannels = [999999999]"],
)
def test_absurd_values_are_refused_in_one_line(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(f'kind = "network"\nname = "x"\n{text}\n[fit]\nepochs = 1\n')
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    assert len(str(refused.value).splitlines()) == 1

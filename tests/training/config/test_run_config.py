import pytest
from tests.conftest import CNN, FROZEN, JOINT, LSTM

from posterplot.errors import ConfigError
from posterplot.training.config.run_config import load_config, save_config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "x"', "kind is missing"),
        ('kind = "forest"\nname = "x"', "forest"),
        ('kind = "network"\nname = "x"\n[fit]\nepochs = 1', "at least one of"),
        ('kind = "network"\nname = "x"\n[poster]', "fit is missing"),
        ("kind = ", "is not TOML"),
        ("seed = -1" + CNN, "seed"),
        (f"{CNN}\n[head]\nkind = 'gated'", "head.kind gated reads both modalities"),
        (f"{JOINT}\n[augmentation]\nmixup = 0.5", "train on posters only"),
        (f"{CNN}\n[modality_dropout]\noverview = 0.2", "modality_dropout is for networks that"),
        (JOINT.replace('"attention"', '"mean"'), "head.kind mean reads one modality"),
        (JOINT.replace('"attention"', '"pooled"'), "head.kind pooled reads one modality"),
        (
            f"{CNN}\n[init_from]\noverview = 'runs/x'",
            "init_from.overview is given, but there",
        ),
        (CNN + "frozen = true", "fit.frozen is for pretrained encoders, and poster has none"),
        (LSTM + "frozen = true", "fit.frozen is for pretrained encoders, and overview has none"),
    ],
)
def test_a_wrong_configuration_is_one_clear_line(load, text, message):
    with pytest.raises(ConfigError, match=message):
        load(text)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="file not found"):
        load_config(tmp_path / "none.toml")


def test_a_byte_order_mark_is_no_part_of_a_configuration(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(LSTM, encoding="utf-8-sig")
    assert load_config(path).name == "tiny-lstm"


def test_overrides(load):
    config = load(CNN, "fit.epochs=7", "loss.kind=focal", "poster.channels=[2, 3]", 'name="other"')
    assert config.fit.epochs == 7
    assert config.loss.kind == "focal"
    assert config.poster.channels == (2, 3)
    assert config.name == "other"


@pytest.mark.parametrize("override", ["fit.epochs", "=3", "name.first=3"])
def test_a_wrong_override(load, override):
    with pytest.raises(ConfigError, match="section"):
        load(CNN, override)


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
def test_a_saved_configuration_is_read_back_equal(load, tmp_path, text):
    config = load(text)
    save_config(config, tmp_path / "saved.toml")
    assert load_config(tmp_path / "saved.toml") == config


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

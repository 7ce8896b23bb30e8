import pytest
from tests.conftest import CNN, FROZEN, LSTM

from posterplot.errors import ConfigError


def test_keys_of_pretrained_encoders_are_unknown_to_encoders_from_scratch(load):
    with pytest.raises(ConfigError, match=r"frozen_stages is unknown; \[poster\] has .*channels"):
        load(CNN, "poster.frozen_stages=1")
    with pytest.raises(ConfigError, match=r"channels is unknown; \[poster\] has .*frozen_stages"):
        load(FROZEN, "poster.channels=[4]")


def test_encoders_are_trained_from_scratch_by_default(load):
    assert load(CNN).poster.encoder == "cnn"
    assert load(LSTM, "overview.encoder=lstm").overview.hidden == 5
    loaded = load(FROZEN)
    assert loaded.poster.weights is None
    assert loaded.overview.frozen_layers == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CNN.replace("[4, 6]", "[]"), "poster.channels"),
        (CNN.replace("[4, 6]", "[4, 4, 4, 4]"), "4 blocks need posters of at least 32×32"),
        ('poster = "cnn"\n' + LSTM, "poster: input should be a valid dictionary"),
        ('overview = ["lstm"]\n' + CNN, "overview: input should be a valid dictionary"),
        (FROZEN.replace("48", "0"), "poster.height"),
        (FROZEN.replace('"{bert}"', '"{bert}"\nfrozen_layers = -2'), "overview.frozen_layers"),
    ],
)
def test_a_wrong_value_of_an_encoder_is_named(load, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        load(text)
    assert "\n" not in str(caught.value)

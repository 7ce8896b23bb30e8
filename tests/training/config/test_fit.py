import pytest
from tests.conftest import CNN

from posterplot.errors import ConfigError
from posterplot.training.config.fit import FitConfig


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CNN.replace('"cpu"', '"warp"'), "fit.accelerator"),
        (f"{CNN}loggers = ['csv', 'csv']", "fit.loggers: a logger is given twice"),
    ],
)
def test_a_wrong_value_of_the_training_loop_is_named(load, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        load(text)
    assert "\n" not in str(caught.value)


def test_every_device_has_an_equal_share_of_a_batch():
    config = FitConfig(epochs=1, batch_size=12, devices=3, nodes=2)
    assert config.processes == 6
    with pytest.raises(ValueError, match="batch_size 10 cannot be shared equally by 6 processes"):
        FitConfig(epochs=1, batch_size=10, devices=3, nodes=2)


def test_a_frozen_network_is_trained_on_one_device():
    assert FitConfig(epochs=1, frozen=True).processes == 1
    for several in ({"devices": 2}, {"nodes": 2}):
        with pytest.raises(ValueError, match="set devices and nodes to 1"):
            FitConfig(epochs=1, frozen=True, **several)

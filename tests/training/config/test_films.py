import pytest
from tests.conftest import CNN, JOINT

from posterplot.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (JOINT.replace("poster = 0.3", "poster = 0.8"), "must not exceed 1 together"),
        (f"{CNN}\n[distillation]\nweight = 1", "distillation.predictions is missing"),
        (f"{CNN}\n[distillation]\npredictions = []", "distillation.predictions"),
        (f"{CNN}\n[[sources]]\nweight = 0.5", "sources.0.dataset is missing"),
        (f"{CNN}\n[[sources]]\ndataset = 'x'\nweight = 0", "sources.0.weight"),
        (f"{CNN}\n[[sources]]\ndataset = 'x'\nwieght = 1", r"wieght is unknown .*mean weight\?"),
    ],
)
def test_a_wrong_value_of_the_training_data_is_named(load, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        load(text)
    assert "\n" not in str(caught.value)

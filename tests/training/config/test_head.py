import pytest
from tests.conftest import CNN, JOINT

from posterplot.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{CNN}\n[head]\ndropout = 1.0", "head.dropout"),
        (JOINT.replace("heads = 2", "heads = 3"), "head: 3 heads do not divide a width of 8"),
    ],
)
def test_a_wrong_value_of_the_head_is_named(load, text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        load(text)
    assert "\n" not in str(caught.value)

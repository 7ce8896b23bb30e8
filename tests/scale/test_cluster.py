import pytest

from posterplot.errors import UsageError
from posterplot.scale.cluster import _check_answers, _failure


@pytest.mark.parametrize("address", ["ray://host:10001", "host", "host:x", ":1"])
def test_an_address_is_a_host_and_a_port(address):
    with pytest.raises(UsageError, match=r"address: .* is not HOST:PORT; give that of a cluster"):
        _check_answers(address)


def test_no_cluster_answers():
    with pytest.raises(UsageError, match=r"address: no Ray cluster answers at 127.0.0.1:1 "):
        _check_answers("127.0.0.1:1")


def test_the_error_of_posterplot_is_found_inside_that_of_ray():
    inner = UsageError("is wrong")
    for attribute in ("cause", "__cause__"):
        outer, middle = RuntimeError("outer"), RuntimeError("middle")
        outer.cause = middle
        setattr(middle, attribute, inner)
        assert _failure(outer, None) is inner


def test_other_errors_are_one_line():
    assert str(_failure(RuntimeError("raylet died\nand more"), "host:1")) == (
        "host:1: failed: raylet died; the same command again keeps what is written"
    )

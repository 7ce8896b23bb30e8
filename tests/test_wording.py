import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.wording import count, listing, percent, signed


def test_listing():
    assert listing([]) == "none"
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a and b"
    assert listing(("a", "b", "c")) == "a, b and c"


def test_count():
    assert count(1, "film") == "1 film"
    assert count(1234, "film") == "1,234 films"
    assert count(2, "glass", "glasses") == "2 glasses"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.0001, "under 0.1 %"),
        (0.031, "3.1 %"),
        (0.0999, "10 %"),
        (0.5, "50 %"),
        (0.996, "over 99 %"),
    ],
)
def test_percentages(share, text):
    assert percent(share) == text


@given(st.floats(1e-9, 1, exclude_max=True))
def test_only_0_is_0_percent_and_only_1_is_100_percent(share):
    assert percent(share) not in ("0 %", "0.0 %", "100 %")


def test_signs():
    assert [signed(n) for n in (1.234, -1.0, 0.0)] == ["+1.23", "−1.00", "+0.00"]
    assert [signed(n, 3) for n in (-0.0004, -0.0006, 0.0004)] == ["+0.000", "−0.001", "+0.000"]

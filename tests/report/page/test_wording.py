import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.evaluation.intervals import Interval
from posterplot.report.page.wording import between, count, figure, listing, percent, side


def test_lists_as_sentences_have_them():
    assert listing([]) == "none"
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a and b"
    assert listing(("a", "b", "c")) == "a, b and c"


def test_counts():
    assert count(1, "film") == "1 film"
    assert count(1234, "film") == "1,234 films"
    assert count(2, "glass", "glasses") == "2 glasses"


@pytest.mark.parametrize(
    ("share", "told"),
    [(0, "0 %"), (1, "100 %"), (0.0001, "under 0.1 %"), (0.031, "3.1 %"), (0.0999, "10 %")],
)
def test_percentages(share, told):
    assert percent(share) == told


@given(st.floats(1e-9, 1))
def test_what_is_there_is_never_none_of_a_hundred(share):
    assert percent(share) not in ("0 %", "0.0 %")


def test_figures():
    assert (figure(None), figure(float("nan")), figure(0.5)) == ("–", "–", "0.500")
    assert between(Interval(0.5, 0.25, 0.75)) == "0.500 (0.250 to 0.750)"
    assert between(Interval(0.5, -0.25, 0.75), signed=True) == "+0.500 (-0.250 to +0.750)"
    assert between(Interval(0.5, np.nan, np.nan)) == "0.500"


def test_the_side_of_an_interval():
    assert side(Interval(0.5, 0.1, 0.9)) == 1
    assert side(Interval(-0.5, -0.9, -0.1)) == -1
    assert side(Interval(0.5, -0.1, 0.9)) == side(Interval(0, np.nan, np.nan)) == 0

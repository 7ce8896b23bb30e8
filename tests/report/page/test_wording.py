import numpy as np

from posterplot.evaluation.intervals import Interval
from posterplot.report.page.wording import between, figure, side


def test_figures():
    assert (figure(None), figure(float("nan")), figure(0.5)) == ("–", "–", "0.500")
    assert between(Interval(0.5, 0.25, 0.75)) == "0.500 (0.250 to 0.750)"
    assert between(Interval(0.5, -0.25, 0.75), signed=True) == "+0.500 (-0.250 to +0.750)"
    assert between(Interval(0.5, np.nan, np.nan)) == "0.500"


def test_the_side_of_an_interval():
    assert side(Interval(0.5, 0.1, 0.9)) == 1
    assert side(Interval(-0.5, -0.9, -0.1)) == -1
    assert side(Interval(0.5, -0.1, 0.9)) == side(Interval(0, np.nan, np.nan)) == 0

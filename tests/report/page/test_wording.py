import numpy as np

from posterplot.evaluation.intervals import Interval
from posterplot.report.page.wording import format_interval, format_metric, sign


def test_figures():
    assert (format_metric(None), format_metric(float("nan")), format_metric(0.5)) == (
        "–",
        "–",
        "0.500",
    )
    assert format_interval(Interval(0.5, 0.25, 0.75)) == "0.500 (0.250 to 0.750)"
    difference = Interval(0.5, -0.25, 0.75)
    assert format_interval(difference, difference=True) == "+0.500 (−0.250 to +0.750)"
    assert [format_metric(v) for v in (-0.25, -0.0001)] == ["−0.250", "0.000"]
    assert format_interval(Interval(0.5, np.nan, np.nan)) == "0.500"


def test_the_side_of_an_interval():
    assert sign(Interval(0.5, 0.1, 0.9)) == 1
    assert sign(Interval(-0.5, -0.9, -0.1)) == -1
    assert sign(Interval(0.5, -0.1, 0.9)) == sign(Interval(0, np.nan, np.nan)) == 0

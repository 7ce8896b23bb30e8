import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.evaluation.evaluation import Bin
from posterplot.evaluation.intervals import Interval
from posterplot.report.page.charts import Curve, DotRow, curves, dots, reliability

NAN = float("nan")


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40))
def test_curves_stay_within_their_frame(values):
    drawn = ElementTree.fromstring(curves("loss", [Curve("train", "train", values)], 1, 1))
    width, height = (float(x) for x in drawn.get("viewBox").split()[2:])
    (path,) = drawn.iter("polyline")
    for x, y in (map(float, point.split(",")) for point in path.get("points").split()):
        assert 0 <= x <= width
        assert 0 <= y <= height


def test_a_curve_follows_its_values_and_skips_missing_ones():
    drawn = ElementTree.fromstring(curves("mAP", [Curve("a", "train", [0.1, NAN, 0.3])], 1))
    (path,) = drawn.iter("polyline")
    (x0, y0), (x2, y2) = (map(float, p.split(",")) for p in path.get("points").split())
    assert x0 < x2
    assert y0 > y2  # up is less
    assert drawn.get("aria-label") == "mAP: a from 0.100 to 0.300"


def test_names_are_escaped():
    rows = [DotRow("<script>", 0.1, {"poster": Interval(0.5, 0.4, 0.6)})]
    drawn = dots('a "title" & more', rows)
    ElementTree.fromstring(drawn)
    assert "<script>" not in drawn
    assert ">&lt;script&gt;<" in drawn


def test_dots_are_at_their_values():
    rows = [DotRow("Drama", 0.0, {"poster": Interval(0.0, NAN, NAN), "both": Interval(1, 0.5, 1)})]
    drawn = str(dots("AP", rows))
    zero, one = re.findall(r'class="tick" x="([\d.]+)"', drawn)[::5]
    assert f'class="poster" cx="{zero}"' in drawn
    line = re.search(r'class="both line" x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"', drawn)
    assert float(line[2]) == float(one)
    assert float(line[1]) == pytest.approx((float(zero) + float(one)) / 2, abs=0.11)
    assert 'class="poster line"' not in drawn  # no interval, no whisker


def test_reliability_grows_with_the_pairs():
    bins = [
        Bin(low=0, high=0.1, probability=0.05, share=0.1, pairs=900),
        Bin(low=0.9, high=1, probability=0.95, share=0.9, pairs=9),
    ]
    drawn = ElementTree.fromstring(reliability("of a model", bins))
    large, small = (float(c.get("r")) for c in drawn.iter("circle"))
    assert large > small
    assert "predicted 0.05, true 0.10" in drawn.get("aria-label")

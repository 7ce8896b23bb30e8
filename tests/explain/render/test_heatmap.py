import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from posterplot.explain.render.heatmap import heatmap, overlay, whereabouts, with_legend


@given(
    scores=hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 6)),
        elements=st.floats(-5, 5, width=32),
    ),
    height=st.integers(1, 90),
    width=st.integers(1, 60),
)
def test_heat_is_in_range(scores, height, width):
    heat = heatmap(scores, height, width)
    assert heat.shape == (height, width)
    assert heat.dtype == np.float32
    assert heat.min() >= 0.0
    assert heat.max() <= 1.0


def test_heat_by_hand():
    scores = np.array([[2.0, -9.0], [0.0, 1.0]], np.float32)
    assert heatmap(scores, 2, 2) == pytest.approx(np.array([[1.0, 0.0], [0.0, 0.5]]))
    large = heatmap(scores, 100, 100)
    assert large[:20, :20].mean() > 0.95
    assert large[:20, 80:].max() == 0.0
    assert large[90, 90] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("score", [0.0, -3.0])
def test_without_positive_scores_there_is_no_heat(score):
    scores = np.full((3, 2), score, np.float32)
    assert not heatmap(scores, 30, 20).any()
    assert whereabouts(scores) == "nowhere"


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_heat_is_visible_on_any_poster(shade):
    """Where it is hottest it is the lightest, and what is cold keeps a trace of the poster."""
    poster = Image.new("RGB", (60, 90), (shade, shade, shade))
    scores = np.zeros((9, 6), np.float32)
    scores[1, 1] = 1.0
    luma = np.asarray(overlay(poster, scores).convert("L"), dtype=float)
    hot, cold = luma[13:18, 13:18].max(), luma[80, 50]
    assert (hot + 12.75) / (cold + 12.75) > 1.3
    assert cold == pytest.approx(shade * 150 / 255, abs=2)


def test_more_heat_is_lighter():
    from posterplot.explain.render.heatmap import _ramp

    colours = _ramp(np.linspace(0.1, 1.0, 50, dtype=np.float32))
    luma = colours[:, :3] @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(luma) > 0).all()
    assert (np.diff(colours[:, 3]) > 0).all()


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((200, 300), (200, 300)),
        ((640, 1000), (320, 500)),
        ((400, 1600), (320, 1280)),
        ((320, 16_000), (25, 1250)),  # very long posters must not take gigabytes
        ((16_000, 320), (1250, 25)),
        ((1, 65_535), (1, 65_535)),
    ],
)
def test_the_whole_poster_is_shown_in_its_aspect_ratio(size, shown):
    assert overlay(Image.new("RGB", size), np.ones((3, 2), np.float32)).size == shown


def test_the_legend_is_below_the_poster():
    heated = Image.new("RGB", (60, 90), (1, 2, 3))
    picture = with_legend(heated, "A genre with a name that is far too long for it 50 %", "most: 1")
    assert picture.width >= 240
    assert picture.height > 120
    left = (picture.width - 60) // 2
    assert picture.crop((left, 0, left + 60, 90)).tobytes() == heated.tobytes()
    strip = np.asarray(picture)[90:]
    assert strip.max() > 200  # letters


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([(0, 1)], "top centre"),
        ([(1, 1)], "the middle"),
        ([(2, 2)], "bottom right"),
        ([(1, 0), (0, 2)], "top right and middle left"),
        ([(r, c) for r in range(3) for c in range(3)], "spread over the whole poster"),
    ],
)
def test_the_place_of_the_heat_in_words(cells, expected):
    scores = np.zeros((3, 3), np.float32)
    for n, cell in enumerate(cells):
        scores[cell] = 1.0 + 0.01 * n
    assert whereabouts(scores) == expected

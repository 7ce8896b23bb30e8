from random import Random

from PIL import Image

from posterplot.demo.art.canvas import H, W, glow, gradient, mix, place, ridge, smooth


def test_mixed_colours_are_interpolated() -> None:
    assert mix((0, 0, 0), (200, 100, 50), 0.5) == (100, 50, 25)


def test_a_gradient_runs_from_the_first_colour_to_the_last() -> None:
    sheet = gradient(((0, 0, 0), (255, 255, 255)), (4, 100))
    assert sheet.getpixel((0, 0)) == (0, 0, 0)
    assert sheet.getpixel((3, 99)) == (255, 255, 255)


def test_a_glow_is_brightest_at_its_centre() -> None:
    sheet = Image.new("RGB", (100, 100))
    glow(sheet, 50, 50, 40, (255, 255, 255))
    column = [sheet.getpixel((50, y))[0] for y in (50, 65, 80, 95)]  # type: ignore[index]
    assert column == sorted(column, reverse=True)
    assert column[0] > 200 > column[-1] == 0


def test_a_smooth_curve_passes_through_its_points() -> None:
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    curve = smooth(square, steps=4)
    assert len(curve) == 16
    assert set(square) <= set(curve)


def test_shapes_are_placed_and_flipped() -> None:
    assert place([(0.5, -1.0)], 100, 200, 10) == [(105, 190)]
    assert place([(0.5, -1.0)], 100, 200, 10, flip=True) == [(95, 190)]


def test_a_ridge_spans_the_sheet() -> None:
    line = ridge(500, 40, 0.5, Random(0))
    assert line[0][0] == 0
    assert line[-2:] == [(W, H), (0, H)]

"""Draw landmarks on a horizon: trees, towers, towns, ships and vehicles.

The bottom of each is at (x, y), and its height is about ``size``; see ``canvas.place``.
"""

from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw

from posterplot.demo.art.canvas import Colour, Point, disc, mix, place, smooth


def _shape(
    sheet: Image.Image, points: tuple[Point, ...], x: float, y: float, size: float, ink: Colour
) -> None:
    ImageDraw.Draw(sheet).polygon(place(points, x, y, size), fill=ink)


def _bar(
    sheet: Image.Image, x: float, y: float, size: float, box: tuple[float, float, float, float],
    ink: Colour, radius: float = 0.0,
) -> None:  # fmt: skip
    (left, top), (right, bottom) = place((box[:2], box[2:]), x, y, size)
    ImageDraw.Draw(sheet).rounded_rectangle((left, top, right, bottom), radius * size, fill=ink)


def cactus(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a tall cactus with two arms."""
    left, right = rng.uniform(0.35, 0.55), rng.uniform(0.4, 0.6)
    _bar(sheet, x, y, size, (-0.08, -1.0, 0.08, 0.05), ink, 0.08)
    for side, height in ((-1, left), (1, right)):
        reach = sorted((side * 0.0, side * 0.32))
        _bar(sheet, x, y, size, (reach[0], -height, reach[1], -height + 0.11), ink, 0.05)
        arm = sorted((side * 0.22, side * 0.33))
        _bar(sheet, x, y, size, (arm[0], -height - 0.28, arm[1], -height + 0.1), ink, 0.05)


def pine(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a group of firs, the tallest in the middle."""
    for offset in sorted((rng.uniform(-0.7, 0.7) for _ in range(6)), key=abs, reverse=True):
        tall = size * (1 - 0.5 * abs(offset)) * rng.uniform(0.8, 1)
        for tier in range(4):
            wide = 0.1 + 0.05 * tier
            _shape(sheet, ((-wide, -0.7 + 0.2 * tier), (0.0, -1.0 + 0.2 * tier),
                           (wide, -0.7 + 0.2 * tier)), x + offset * size, y, tall, ink)  # fmt: skip
        _bar(sheet, x + offset * size, y, tall, (-0.03, -0.2, 0.03, 0.03), ink)


def bare_tree(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a tree without leaves."""
    pen = ImageDraw.Draw(sheet)

    def branch(start: Point, angle: float, length: float, width: float, depth: int) -> None:
        end = (start[0] + length * cos(angle), start[1] - length * sin(angle))
        pen.line((*start, *end), fill=ink, width=max(1, int(width)))
        if depth:
            for turn in (rng.uniform(0.2, 0.7), -rng.uniform(0.2, 0.7)):
                branch(end, angle + turn, length * rng.uniform(0.62, 0.82), width * 0.62, depth - 1)

    branch((x, y + 4), pi / 2 + rng.uniform(-0.15, 0.15), size * 0.3, size * 0.09, 6)


def castle(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a castle with pointed towers and some lit windows."""
    _bar(sheet, x, y, size, (-0.42, -0.34, 0.42, 0.1), ink)
    for at in (-0.42, -0.22, 0.0, 0.21, 0.4):
        tall, wide = rng.uniform(0.45, 0.75), rng.uniform(0.055, 0.085)
        tall = 0.82 if at == 0 else tall
        _bar(sheet, x, y, size, (at - wide, -tall, at + wide, 0.1), ink)
        roof = ((at - 1.35 * wide, -tall), (at, -tall - 0.24), (at + 1.35 * wide, -tall))
        _shape(sheet, roof, x, y, size, ink)
        if rng.random() < 0.6:
            _bar(sheet, x, y, size, (at - 0.016, -tall + 0.08, at + 0.016, -tall + 0.15), light)


def skyline(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a city from edge to edge, with some lit windows."""
    pen = ImageDraw.Draw(sheet)
    left = -10.0
    lit = mix(ink, light, rng.uniform(0.3, 0.9))
    while left < sheet.width:
        wide, tall = rng.uniform(0.09, 0.2) * size, rng.uniform(0.3, 0.95) * size
        pen.rectangle((left, y - tall, left + wide, y + 0.2 * size), fill=ink)
        if rng.random() < 0.25:
            pen.line((left + wide / 2, y - tall - 0.14 * size, left + wide / 2, y - tall), ink, 3)
        step = max(9, int(0.035 * size))
        for wx in range(int(left) + 6, int(left + wide) - 6, step):
            for wy in range(int(y - tall) + 8, int(y) - 8, step + 4):
                if rng.random() < 0.16:
                    pen.rectangle((wx, wy, wx + step // 3, wy + step // 2), fill=lit)
        left += wide + rng.choice((0, 0, 3))


def house(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a house with gables and one lit window."""
    _bar(sheet, x, y, size, (-0.3, -0.5, 0.3, 0.08), ink)
    _shape(sheet, ((-0.37, -0.48), (-0.08, -0.9), (0.2, -0.48)), x, y, size, ink)
    _bar(sheet, x, y, size, (0.1, -0.78, 0.3, 0.0), ink)
    _shape(sheet, ((0.06, -0.76), (0.2, -1.05), (0.34, -0.76)), x, y, size, ink)
    _bar(sheet, x, y, size, (-0.27, -0.82, -0.2, -0.5), ink)
    _bar(sheet, x, y, size, (0.16, -0.68, 0.24, -0.55), light)
    if rng.random() < 0.5:
        _bar(sheet, x, y, size, (-0.14, -0.36, -0.04, -0.2), light)


def ship(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a sailing ship."""
    hull = ((-0.45, -0.2), (-0.3, 0.0), (0.25, 0.0), (0.48, -0.24), (0.2, -0.16))
    _shape(sheet, hull, x, y, size, ink)
    for mast, tall in ((-0.2, 0.8), (0.04, 1.0), (0.24, 0.75)):
        _bar(sheet, x, y, size, (mast - 0.01, -tall, mast + 0.01, -0.1), ink)
        for low, high in ((0.25, 0.55), (0.58, 0.9)):
            sail = ((mast - 0.1, -tall * high), (mast + 0.1, -tall * high),
                    (mast + 0.15, -tall * low), (mast, -tall * (low - 0.05)),
                    (mast - 0.09, -tall * low))  # fmt: skip
            cloth = mix(ink, light, 0.75)
            _shape(sheet, sail, x, y, size, cloth)


def car(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a long car from the side, with lit lamps."""
    body = ((-0.8, -0.1), (-0.8, -0.3), (-0.5, -0.36), (-0.3, -0.58), (0.2, -0.58), (0.42, -0.36),
            (0.78, -0.3), (0.84, -0.1))  # fmt: skip
    ImageDraw.Draw(sheet).polygon(smooth(place(body, x, y, size), 4), fill=ink)
    glass = ((-0.4, -0.37), (-0.26, -0.52), (0.15, -0.52), (0.32, -0.37))
    _shape(sheet, glass, x, y, size, mix(ink, light, 0.45))
    for wheel in (-0.48, 0.5):
        disc(sheet, x + wheel * size, y - 0.1 * size, 0.14 * size, ink)
        disc(sheet, x + wheel * size, y - 0.1 * size, 0.06 * size, mix(ink, light, 0.6))
    disc(sheet, x + 0.78 * size, y - 0.25 * size, 0.045 * size, light)


def lighthouse(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a lighthouse on a rock, with a lit lamp."""
    _shape(sheet, ((-0.12, 0.0), (-0.07, -0.8), (0.07, -0.8), (0.12, 0.0)), x, y, size, ink)
    for low in (0.15, 0.45):
        wide = 0.12 - 0.06 * low
        _bar(sheet, x, y, size, (-wide, -low - 0.12, wide, -low), mix(ink, light, 0.7))
    _bar(sheet, x, y, size, (-0.05, -0.9, 0.05, -0.8), light)
    _shape(sheet, ((-0.08, -0.9), (0.0, -1.0), (0.08, -0.9)), x, y, size, ink)
    _shape(sheet, ((-0.5, 0.1), (-0.3, -0.06), (0.3, -0.06), (0.5, 0.1)), x, y, size, ink)


def rocket(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a rocket with its flame."""
    flame = ((-0.07, -0.2), (0.0, 0.1), (0.07, -0.2))
    _shape(sheet, flame, x, y, size, light)
    hull = ((-0.1, -0.2), (-0.14, -0.5), (-0.08, -0.82), (0.0, -1.0), (0.08, -0.82), (0.14, -0.5),
            (0.1, -0.2))  # fmt: skip
    ImageDraw.Draw(sheet).polygon(smooth(place(hull, x, y, size), 4), fill=ink)
    for side in (-1, 1):
        fin = ((side * 0.11, -0.4), (side * 0.26, -0.12), (side * 0.08, -0.2))
        _shape(sheet, fin, x, y, size, ink)
    disc(sheet, x, y - 0.62 * size, 0.05 * size, light)


def saucer(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a flying saucer and the beam below it."""
    beam = ((-0.1, -0.7), (0.1, -0.7), (0.36, 0.0), (-0.36, 0.0))
    mask = Image.new("L", sheet.size)
    ImageDraw.Draw(mask).polygon(place(beam, x, y, size), fill=120)
    sheet.paste(light, (0, 0), mask)
    pen = ImageDraw.Draw(sheet)
    pen.ellipse((x - 0.17 * size, y - 1.0 * size, x + 0.17 * size, y - 0.7 * size),
                fill=mix(ink, light, 0.5))  # fmt: skip
    pen.ellipse((x - 0.5 * size, y - 0.86 * size, x + 0.5 * size, y - 0.66 * size), fill=ink)
    for lamp in range(-3, 4):
        disc(sheet, x + 0.13 * lamp * size, y - (0.73 - 0.005 * lamp**2) * size, 0.02 * size, light)


def planes(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw three propeller planes in the sky."""
    plane = ((-0.5, 0.0), (-0.06, -0.07), (-0.04, -0.16), (0.0, -0.2), (0.04, -0.16), (0.06, -0.07),
             (0.5, 0.0), (0.06, 0.05), (0.02, 0.2), (0.12, 0.27), (-0.12, 0.27), (-0.02, 0.2),
             (-0.06, 0.05))  # fmt: skip
    for dx, dy, scale in ((0.0, -0.85, 0.55), (-0.5, -0.6, 0.36), (0.48, -0.62, 0.34)):
        _shape(sheet, plane, x + dx * size, y + dy * size, scale * size, ink)


def tents(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw tents with flags, as of a fair or a circus."""
    for at, scale in ((-0.5, 0.6), (0.5, 0.65), (0.0, 1.0)):
        for stripe in range(-3, 3):
            cloth = (ink, light)[stripe % 2]
            wall = ((stripe * 0.1, -0.36), ((stripe + 1) * 0.1, -0.36),
                    ((stripe + 1) * 0.1, 0.03), (stripe * 0.1, 0.03))  # fmt: skip
            _shape(sheet, wall, x + at * size, y, scale * size, cloth)
            roof = ((stripe * 0.115, -0.35), ((stripe + 1) * 0.115, -0.35), (0.0, -0.8))
            _shape(sheet, roof, x + at * size, y, scale * size, cloth)
        flag = ((0.0, -0.78), (0.0, -1.0), (0.14, -0.94), (0.0, -0.88))
        _shape(sheet, flag, x + at * size, y, scale * size, ink)

"""Draw single large objects, for minimalist posters.

The bottom of each object is at (x, y), and its height is about ``size``; see ``canvas.place``.
"""

from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw

from posterplot.demo.art.canvas import Colour, Point, disc, mix, place, smooth


def _shape(
    sheet: Image.Image, points: list[Point] | tuple[Point, ...], x: float, y: float, size: float,
    ink: Colour, *, curved: bool = False,
) -> None:  # fmt: skip
    outline = place(points, x, y, size)
    ImageDraw.Draw(sheet).polygon(smooth(outline) if curved else outline, fill=ink)


def _oval(
    sheet: Image.Image, x: float, y: float, size: float, box: tuple[float, float, float, float],
    ink: Colour,
) -> None:  # fmt: skip
    (left, top), (right, bottom) = place((box[:2], box[2:]), x, y, size)
    ImageDraw.Draw(sheet).ellipse((left, top, right, bottom), fill=ink)


def heart(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a heart, whole or broken."""
    turns = [2 * pi * t / 60 for t in range(60)]
    outline = [
        (
            16 * sin(t) ** 3 / 34,
            (-13 * cos(t) + 5 * cos(2 * t) + 2 * cos(3 * t) + cos(4 * t)) / 32 - 0.53,
        )
        for t in turns
    ]
    _shape(sheet, outline, x, y, size, ink)
    if rng.random() < 0.4:
        crack = place(((0.0, -0.78), (0.07, -0.62), (-0.07, -0.47), (0.05, -0.3), (0.0, -0.02)),
                      x, y, size)  # fmt: skip
        ImageDraw.Draw(sheet).line(crack, fill=light, width=max(3, int(0.035 * size)))


def knife(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a kitchen knife, point down."""
    blade = ((-0.09, -0.62), (-0.09, -0.12), (0.0, 0.0), (0.1, -0.2), (0.1, -0.62))
    _shape(sheet, blade, x, y, size, light)
    _shape(sheet, ((0.02, -0.62), (0.02, -0.05), (0.1, -0.2), (0.1, -0.62)), x, y, size,
           mix(light, ink, 0.25))  # fmt: skip
    _shape(sheet, ((-0.12, -0.66), (-0.12, -0.6), (0.12, -0.6), (0.12, -0.66)), x, y, size, ink)
    _shape(sheet, ((-0.06, -0.66), (-0.075, -0.97), (0.0, -1.02), (0.075, -0.97), (0.06, -0.66)),
           x, y, size, ink)  # fmt: skip


def magnifier(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a magnifying glass, with or without a fingerprint under it."""
    pen = ImageDraw.Draw(sheet)
    handle = place(((0.1, -0.45), (0.42, -0.02)), x, y, size)
    pen.line(handle, fill=ink, width=int(0.1 * size))
    _oval(sheet, x, y, size, (-0.46, -1.0, 0.2, -0.34), ink)
    _oval(sheet, x, y, size, (-0.4, -0.94, 0.14, -0.4), light)
    if rng.random() < 0.7:
        for ring in range(1, 5):
            reach = 0.05 * ring
            (left, top), (right, bottom) = place(
                ((-0.13 - reach, -0.67 - 1.15 * reach), (-0.13 + reach, -0.67 + 1.15 * reach)),
                x, y, size,
            )  # fmt: skip
            pen.arc((left, top, right, bottom), rng.uniform(0, 90), rng.uniform(250, 360), ink,
                    max(2, int(0.018 * size)))  # fmt: skip


def key(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw an old key, its handle up."""
    pen = ImageDraw.Draw(sheet)
    (left, top), (right, bottom) = place(((-0.19, -1.0), (0.19, -0.62)), x, y, size)
    pen.ellipse((left, top, right, bottom), outline=ink, width=int(0.085 * size))
    _shape(sheet, ((-0.045, -0.66), (-0.045, 0.0), (0.045, 0.0), (0.045, -0.66)), x, y, size, ink)
    for at, reach in ((-0.02, 0.22), (-0.13, 0.16), (-0.24, 0.2)):
        tooth = ((0.0, at - 0.07), (reach, at - 0.07), (reach, at), (0.0, at))
        _shape(sheet, tooth, x, y, size, ink)


def cup(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a cup of a hot drink."""
    pen = ImageDraw.Draw(sheet)
    (left, top), (right, bottom) = place(((0.12, -0.5), (0.46, -0.18)), x, y, size)
    pen.ellipse((left, top, right, bottom), outline=ink, width=max(3, int(0.06 * size)))
    _shape(sheet, ((-0.36, -0.58), (-0.3, -0.18), (-0.18, -0.06), (0.18, -0.06), (0.3, -0.18),
                   (0.36, -0.58)), x, y, size, ink)  # fmt: skip
    _oval(sheet, x, y, size, (-0.36, -0.63, 0.36, -0.53), mix(ink, light, 0.4))
    _oval(sheet, x, y, size, (-0.5, -0.09, 0.5, 0.0), ink)
    for at in (-0.15, 0.0, 0.15):
        steam = place(
            ((at, -0.67), (at + 0.05, -0.74), (at - 0.05, -0.84), (at + 0.03, -0.97)), x, y, size
        )
        pen.line(steam, fill=light, width=max(2, int(0.03 * size)), joint="curve")


def skull(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a skull."""
    bone = ((-0.2, -0.02), (-0.22, -0.26), (-0.4, -0.38), (-0.43, -0.66), (-0.28, -0.93), (0.0, -1),
            (0.28, -0.93), (0.43, -0.66), (0.4, -0.38), (0.22, -0.26), (0.2, -0.02))  # fmt: skip
    _shape(sheet, bone, x, y, size, light, curved=True)
    for side in (-1, 1):
        _oval(sheet, x + side * 0.18 * size, y, size, (-0.12, -0.62, 0.12, -0.37), ink)
    _shape(sheet, ((0.0, -0.38), (-0.06, -0.25), (0.06, -0.25)), x, y, size, ink)
    pen = ImageDraw.Draw(sheet)
    for tooth in (-0.12, -0.04, 0.04, 0.12):
        pen.line(place(((tooth, -0.16), (tooth, 0.0)), x, y, size), ink, max(2, int(0.02 * size)))


def eye(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw one eye, wide open."""
    almond = ((-0.75, -0.5), (-0.4, -0.76), (0.0, -0.86), (0.4, -0.76), (0.75, -0.5), (0.4, -0.24),
              (0.0, -0.16), (-0.4, -0.24))  # fmt: skip
    _shape(sheet, almond, x, y, 0.72 * size, light, curved=True)
    for radius, colour in ((0.225, mix(ink, light, 0.35)), (0.2, mix(ink, light, 0.12)),
                           (0.1, ink)):  # fmt: skip
        disc(sheet, x, y - 0.365 * size, radius * size, colour)
    disc(sheet, x + 0.06 * size, y - 0.44 * size, 0.03 * size, light)
    pen = ImageDraw.Draw(sheet)
    for lash in range(-4, 5):
        foot = (lash * 0.11, -0.66 + 0.011 * lash**2)
        tip = (lash * 0.135, -0.79 + 0.013 * lash**2)
        pen.line(place((foot, tip), x, y, size), ink, max(2, int(0.02 * size)))


def clock(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a clock that shows a random time."""
    centre = y - 0.5 * size
    disc(sheet, x, centre, 0.5 * size, ink)
    disc(sheet, x, centre, 0.43 * size, light)
    pen = ImageDraw.Draw(sheet)
    hour, minute = rng.uniform(0, 2 * pi), rng.uniform(0, 2 * pi)
    marks = [(pi * n / 6, 0.34, 0.4, 0.025) for n in range(12)]
    for turn, inner, outer, width in [
        *marks,
        (hour, -0.05, 0.22, 0.05),
        (minute, -0.05, 0.33, 0.03),
    ]:
        ends = [(x + r * size * sin(turn), centre - r * size * cos(turn)) for r in (inner, outer)]
        pen.line(ends, ink, max(2, int(width * size)))


def compass(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a compass rose."""
    centre = y - 0.5 * size
    pen = ImageDraw.Draw(sheet)
    for radius, width in ((0.46, 0.02), (0.4, 0.008)):
        r = radius * size
        pen.ellipse(
            (x - r, centre - r, x + r, centre + r), outline=ink, width=max(2, int(width * size))
        )
    for point in range(8):
        turn, reach = pi * point / 4, (0.5, 0.3)[point % 2] * size
        tip = (x + reach * sin(turn), centre - reach * cos(turn))
        for side, colour in ((-1, ink), (1, light)):
            bend = turn + side * pi / 8
            waist = (x + 0.11 * size * sin(bend), centre - 0.11 * size * cos(bend))
            pen.polygon(((x, centre), waist, tip), fill=colour, outline=ink)


def sword(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a sword, point down."""
    _shape(sheet, ((-0.05, -0.72), (-0.05, -0.08), (0.0, 0.0), (0.05, -0.08), (0.05, -0.72)),
           x, y, size, light)  # fmt: skip
    _shape(sheet, ((0.0, -0.72), (0.0, 0.0), (0.05, -0.08), (0.05, -0.72)), x, y, size,
           mix(light, ink, 0.3))  # fmt: skip
    _shape(sheet, ((-0.24, -0.79), (-0.2, -0.71), (0.2, -0.71), (0.24, -0.79), (0.0, -0.75)),
           x, y, size, ink)  # fmt: skip
    _shape(sheet, ((-0.03, -0.95), (-0.03, -0.72), (0.03, -0.72), (0.03, -0.95)), x, y, size, ink)
    disc(sheet, x, y - 0.97 * size, 0.055 * size, ink)


def revolver(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a revolver, pointing left or right."""
    flip = rng.random() < 0.5
    parts: tuple[tuple[Point, ...], ...] = (
        ((-0.62, -0.78), (-0.62, -0.67), (0.1, -0.63), (0.1, -0.78)),
        ((-0.6, -0.84), (-0.6, -0.76), (-0.55, -0.76)),
        ((-0.12, -0.82), (-0.12, -0.54), (0.16, -0.54), (0.16, -0.82)),
        ((0.1, -0.82), (0.28, -0.84), (0.36, -0.92), (0.36, -0.74), (0.32, -0.6), (0.46, -0.16),
         (0.26, -0.1), (0.12, -0.54)),
    )  # fmt: skip
    pen = ImageDraw.Draw(sheet)
    for part in parts:
        pen.polygon(place(part, x, y, size, flip=flip), fill=ink)
    side = -1 if flip else 1
    guard = (x + side * 0.03 * size, y - 0.5 * size)
    r = 0.1 * size
    pen.ellipse((guard[0] - r, guard[1] - r, guard[0] + r, guard[1] + r), outline=ink,
                width=max(3, int(0.035 * size)))  # fmt: skip


def mask(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a stage mask, laughing or crying."""
    face = ((-0.4, -0.92), (0.0, -0.99), (0.4, -0.92), (0.4, -0.45), (0.22, -0.1), (0.0, 0.0),
            (-0.22, -0.1), (-0.4, -0.45))  # fmt: skip
    _shape(sheet, face, x, y, size, light, curved=True)
    pen = ImageDraw.Draw(sheet)
    width = max(4, int(0.06 * size))
    laughs = rng.random() < 0.5
    for centre, reach, low in ((-0.19, 0.11, -0.6), (0.19, 0.11, -0.6), (0.0, 0.22, -0.32)):
        arc = place(((centre - reach, low - 0.12), (centre + reach, low + 0.12)), x, y, size)
        smile = laughs == (centre == 0.0)
        pen.arc((*arc[0], *arc[1]), 0 if smile else 180, 180 if smile else 360, ink, width)


def envelope(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a sealed letter."""
    _shape(sheet, ((-0.6, -0.85), (0.6, -0.85), (0.6, -0.1), (-0.6, -0.1)), x, y, size, light)
    pen = ImageDraw.Draw(sheet)
    flap = place(((-0.6, -0.85), (0.0, -0.4), (0.6, -0.85)), x, y, size)
    pen.line(flap, ink, max(3, int(0.03 * size)), joint="curve")
    disc(sheet, x, y - 0.42 * size, 0.09 * size, ink)


def bulb(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a bare light bulb hanging from its wire."""
    pen = ImageDraw.Draw(sheet)
    pen.line(place(((0.0, -3.0), (0.0, -0.8)), x, y, size), ink, max(2, int(0.02 * size)))
    _shape(sheet, ((-0.08, -0.86), (-0.1, -0.62), (0.1, -0.62), (0.08, -0.86)), x, y, size, ink)
    glass = ((-0.1, -0.62), (-0.27, -0.38), (-0.22, -0.1), (0.0, 0.0), (0.22, -0.1), (0.27, -0.38),
             (0.1, -0.62))  # fmt: skip
    _shape(sheet, glass, x, y, size, light, curved=True)


def balloon(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a hot-air balloon."""
    pen = ImageDraw.Draw(sheet)
    for wide, colour in ((0.4, ink), (0.27, light), (0.13, ink), (0.03, light)):
        bag = ((-0.07, -0.28), (-wide, -0.6), (-0.75 * wide, -0.88), (0.0, -1.0),
               (0.75 * wide, -0.88), (wide, -0.6), (0.07, -0.28))  # fmt: skip
        _shape(sheet, bag, x, y, size, colour, curved=True)
    for side in (-1, 1):
        pen.line(place(((side * 0.07, -0.28), (side * 0.05, -0.13)), x, y, size), ink, 2)
    _shape(sheet, ((-0.07, -0.14), (-0.055, 0.0), (0.055, 0.0), (0.07, -0.14)), x, y, size, ink)


def umbrella(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw an open umbrella."""
    pen = ImageDraw.Draw(sheet)
    width = max(3, int(0.035 * size))
    pen.line(place(((0.0, -0.98), (0.0, -0.1)), x, y, size), ink, width)
    hook = place(((-0.14, -0.16), (0.0, -0.02)), x, y, size)
    pen.arc((*hook[0], *hook[1]), 0, 180, ink, width)
    dome = place(((-0.5, -0.95), (0.5, -0.05)), x, y, size)
    pen.pieslice((*dome[0], *dome[1]), 180, 360, fill=light)
    for at, colour in ((-0.5, ink), (0.17, ink)):
        rib = place(((at, -0.95), (at + 0.33, -0.05)), x, y, size)
        pen.pieslice((*rib[0], *rib[1]), 180, 360, fill=colour)

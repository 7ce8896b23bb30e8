"""Draw a composition of one large face, seen from the front."""

from random import Random

from PIL import Image, ImageDraw

from posterplot.demo.art.brief import Brief
from posterplot.demo.art.canvas import Colour, H, Point, W, disc, glow, gradient, mix, place, smooth

_SHOULDERS = ((-0.62, 0.3), (-0.5, -0.04), (-0.16, -0.16), (0.16, -0.16), (0.5, -0.04), (0.62, 0.3))
_NECK = ((-0.15, 0.05), (-0.15, -0.3), (0.15, -0.3), (0.15, 0.05))
_OVAL = (
    (-0.3, -0.75), (-0.28, -0.42), (-0.16, -0.2), (0.0, -0.13), (0.16, -0.2), (0.28, -0.42),
    (0.3, -0.75), (0.2, -0.92), (-0.2, -0.92),
)  # fmt: skip
_SHADE = (
    (0.0, -0.98), (0.03, -0.7), (0.0, -0.6), (0.07, -0.42), (0.0, -0.38), (0.02, -0.3),
    (0.0, -0.13), (0.16, -0.2), (0.28, -0.42), (0.3, -0.75), (0.2, -0.93),
)  # fmt: skip
_EYE = ((0.05, -0.62), (0.14, -0.67), (0.24, -0.62), (0.14, -0.57))
_BROW = ((0.04, -0.7), (0.14, -0.75), (0.26, -0.7), (0.14, -0.72))
_FROWN = ((0.03, -0.68), (0.14, -0.71), (0.27, -0.75), (0.14, -0.69))
_MOUTHS = (
    ((-0.1, -0.3), (0.0, -0.315), (0.1, -0.3), (0.0, -0.265)),
    ((-0.12, -0.32), (0.0, -0.29), (0.12, -0.32), (0.0, -0.23)),
    ((-0.06, -0.3), (0.0, -0.35), (0.06, -0.3), (0.0, -0.21)),
    ((-0.13, -0.27), (0.0, -0.3), (0.13, -0.28), (0.0, -0.275)),
)
_HAIR = (
    ((-0.31, -0.6), (-0.36, -0.85), (-0.2, -1.04), (0.1, -1.06), (0.34, -0.9), (0.31, -0.6),
     (0.26, -0.82), (0.0, -0.88), (-0.24, -0.8)),
    ((-0.4, -0.1), (-0.38, -0.8), (-0.2, -1.03), (0.2, -1.03), (0.38, -0.8), (0.4, -0.1),
     (0.29, -0.3), (0.25, -0.78), (0.05, -0.9), (-0.25, -0.76), (-0.29, -0.3)),
    ((-0.31, -0.72), (-0.3, -0.92), (0.0, -1.05), (0.3, -0.92), (0.31, -0.72), (0.2, -0.86),
     (-0.2, -0.86)),
    ((-0.36, -0.35), (-0.42, -0.75), (-0.3, -1.0), (0.0, -1.08), (0.3, -1.0), (0.42, -0.75),
     (0.36, -0.35), (0.28, -0.45), (0.29, -0.72), (0.0, -0.76), (-0.29, -0.72), (-0.28, -0.45)),
    ((-0.5, -0.83), (-0.28, -0.86), (-0.22, -1.1), (0.0, -1.05), (0.22, -1.1), (0.28, -0.86),
     (0.5, -0.83), (0.3, -0.76), (0.0, -0.78), (-0.3, -0.76)),
    (),
)  # fmt: skip
_BEARD = (
    (-0.29, -0.5), (-0.24, -0.2), (0.0, -0.02), (0.24, -0.2), (0.29, -0.5), (0.16, -0.36),
    (0.0, -0.37), (-0.16, -0.36),
)  # fmt: skip


def face(brief: Brief, rng: Random) -> Image.Image:
    """Draw one large face from the front, half of it in the dark."""
    p = brief.palette
    sheet = gradient(
        rng.choice(((p.dark, p.deep), (p.mid, p.deep, p.dark), (p.high, p.mid), (p.accent,)))
    )
    x, y = W / 2 + rng.uniform(-110, 110), rng.uniform(0.66, 0.8) * H
    size, narrow = rng.uniform(470, 680), rng.uniform(0.8, 1.12)
    glow(sheet, x, y - 0.5 * size, 0.75 * size, p.mid, 0.8)
    skin, shade = rng.choice(
        ((p.light, p.deep), (p.high, p.dark), (p.light, p.accent), (p.mid, p.dark))
    )
    pen = ImageDraw.Draw(sheet)

    def draw(points: tuple[Point, ...], ink: Colour, *, flip: bool = False) -> None:
        if points:
            slim = [(narrow * px, py) for px, py in points]
            pen.polygon(smooth(place(slim, x, y, size, flip=flip)), fill=ink)

    draw(_SHOULDERS, p.dark)
    draw(_NECK, mix(skin, shade, 0.8))
    draw(_OVAL, skin)
    light_side = rng.random()
    if light_side < 0.8:
        draw(_SHADE, shade, flip=light_side < 0.4)
    if rng.random() < 0.2:
        draw(_BEARD, p.dark)
    brow, lid = rng.choice((_BROW, _BROW, _FROWN)), rng.uniform(0.75, 1.25)
    shine = rng.choice((p.light, p.light, p.accent))
    for side in (-1, 1):
        draw(tuple((ex, -0.62 + lid * (ey + 0.62)) for ex, ey in _EYE), p.dark, flip=side < 0)
        draw(brow, p.dark, flip=side < 0)
        disc(sheet, x + side * 0.145 * narrow * size, y - 0.625 * size, 0.017 * size, shine)
    if rng.random() < 0.2:
        for side in (-1, 1):
            disc(sheet, x + side * 0.14 * narrow * size, y - 0.62 * size, 0.115 * size, p.dark)
        bridge = place(((-0.05, -0.64), (0.05, -0.64)), x, y, size)
        pen.line(bridge, p.dark, int(0.02 * size))
    draw(rng.choice(_MOUTHS), p.accent)
    draw(rng.choice(_HAIR), p.dark)
    return sheet

"""Drawing functions: colours, gradients, light, curves and hills on one sheet.

Coordinates are pixels of the sheet, which is drawn at twice the size of the finished poster, x to
the right and y down. Colours are (red, green, blue), 0 to 255.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from random import Random

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

POSTER_SIZE = (300, 450)
SCALE = 2
W, H = POSTER_SIZE[0] * SCALE, POSTER_SIZE[1] * SCALE

BILINEAR = Image.Resampling.BILINEAR


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Interpolate from colour ``a`` (``share`` 0) to ``b`` (``share`` 1)."""
    r, g, u = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return (r, g, u)


def brightness(colour: Colour) -> float:
    """Return how bright a colour looks, 0 (black) to 1 (white)."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def gradient(colours: Sequence[Colour], size: tuple[int, int] = (W, H)) -> Image.Image:
    """Return a sheet that runs through ``colours`` evenly from top to bottom."""
    strip = np.array(colours, dtype=np.uint8)[:, None, :]
    return Image.fromarray(strip).resize(size, BILINEAR)


@cache
def _soft_disc() -> Image.Image:
    """Return a mask that fades from full at the centre to nothing at the rim."""
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    return Image.fromarray(np.uint8(255 * np.clip(1 - np.hypot(x, y), 0, 1) ** 1.7))


def glow(
    sheet: Image.Image, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0
) -> None:
    """Draw a round light; ``strength`` in [0, 1] is its opacity at the centre."""
    side = max(2, int(2 * radius))
    table = [int(v * strength) for v in range(256)]
    mask = _soft_disc().point(table).resize((side, side), BILINEAR)
    sheet.paste(colour, (int(x - radius), int(y - radius)), mask)


def veil(
    sheet: Image.Image, top: float, bottom: float, colour: Colour, start: float, end: float
) -> None:
    """Draw mist from ``top`` to ``bottom``, with an opacity from ``start`` to ``end`` in [0, 1]."""
    height = int(bottom - top)
    if height > 1:
        strip = np.linspace(255 * start, 255 * end, 32).astype(np.uint8)[:, None]
        mask = Image.fromarray(strip).resize((W, height), BILINEAR)
        sheet.paste(colour, (0, int(top)), mask)


def clouds(sheet: Image.Image, colour: Colour, strength: float, rng: Random) -> None:
    """Draw soft clouds over the whole sheet; ``strength`` in [0, 1] is their largest opacity."""
    noise = np.random.default_rng(rng.getrandbits(32))
    coarse = noise.random((9, 4)).repeat(2, axis=0).repeat(2, axis=1)
    values = np.clip(0.65 * coarse + 0.5 * noise.random((18, 8)) - 0.45, 0, 1) / 0.7
    mask = Image.fromarray(np.uint8(255 * strength * values)).resize(
        (W, H), Image.Resampling.BICUBIC
    )
    sheet.paste(colour, (0, 0), mask)


def rays(
    sheet: Image.Image, x: float, y: float, count: int, colour: Colour, strength: float, turn: float
) -> None:
    """Draw ``count`` beams from a point over the whole sheet; ``turn`` is in radians."""
    mask = Image.new("L", (W // 2, H // 2))
    pen = ImageDraw.Draw(mask)
    for beam in range(count):
        angle = turn + 2 * np.pi * np.array([beam, beam + 0.5]) / count
        ends = [(x / 2 + 700 * np.cos(a), y / 2 + 700 * np.sin(a)) for a in angle]
        pen.polygon([(x / 2, y / 2), *ends], fill=int(255 * strength))
    sheet.paste(colour, (0, 0), mask.resize((W, H), BILINEAR))


def stars(sheet: Image.Image, count: int, bottom: float, colour: Colour, rng: Random) -> None:
    """Draw stars at random places above ``bottom``."""
    pen = ImageDraw.Draw(sheet)
    for _ in range(count):
        x, y, r = rng.uniform(0, W), rng.uniform(0, bottom), rng.choice((0.8, 1.2, 1.2, 2.2))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def disc(sheet: Image.Image, x: float, y: float, radius: float, colour: Colour) -> None:
    """Draw a filled circle."""
    ImageDraw.Draw(sheet).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def smooth(points: Sequence[Point], steps: int = 6) -> list[Point]:
    """Return a closed Catmull-Rom curve through the points, ``steps`` points between two points."""
    p = np.array(points, dtype=float)
    before, after, later = np.roll(p, 1, axis=0), np.roll(p, -1, axis=0), np.roll(p, -2, axis=0)
    t = (np.arange(steps) / steps)[:, None, None]
    curve = 0.5 * (
        2 * p
        + (after - before) * t
        + (2 * before - 5 * p + 4 * after - later) * t**2
        + (3 * p - before - 3 * after + later) * t**3
    )
    return [(x, y) for x, y in curve.transpose(1, 0, 2).reshape(-1, 2).tolist()]


def place(
    points: Sequence[Point], x: float, y: float, size: float, *, flip: bool = False
) -> list[Point]:
    """Convert a shape from its own coordinates to those of the sheet.

    In its own coordinates a shape stands on y = 0, reaches up to about y = -1, and is centred on
    x = 0.
    """
    side = -size if flip else size
    return [(x + side * px, y + size * py) for px, py in points]


def ridge(base: float, rise: float, roughness: float, rng: Random) -> list[Point]:
    """Return the outline of hills (roughness about 0.3) or crags (0.6), down to the bottom."""
    heights = [rng.uniform(-rise, rise) for _ in range(3)]
    spread = rise
    for _ in range(6):
        spread *= roughness
        middle = [(a + b) / 2 + rng.uniform(-spread, spread) for a, b in pairwise(heights)]
        woven = [h for pair in zip(heights, middle, strict=False) for h in pair]
        heights = [*woven, heights[-1]]
    step = W / (len(heights) - 1)
    line = [(i * step, base - h) for i, h in enumerate(heights)]
    return [*line, (W, H), (0, H)]

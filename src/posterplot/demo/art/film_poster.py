"""Draw a poster: composition, lettering, ageing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from posterplot.demo.art import layouts, scenes
from posterplot.demo.art.brief import Brief
from posterplot.demo.art.canvas import SCALE, H, veil
from posterplot.demo.art.face import face
from posterplot.demo.art.lettering import LETTERINGS, letter_title, small_line

Composition = Callable[[Brief, Random], Image.Image]

# Each composition, and the heights of its title (0 top, 1 bottom).
COMPOSITIONS: dict[str, tuple[Composition, tuple[float, ...]]] = {
    "burst": (layouts.burst, (0.14, 0.8)),
    "bust": (layouts.bust, (0.1, 0.82)),
    "creature": (layouts.creature, (0.15, 0.13, 0.82)),
    "emblem": (layouts.emblem, (0.78, 0.12, 0.8)),
    "face": (face, (0.8, 0.8, 0.1)),
    "geometry": (layouts.geometry, (0.8,)),
    "grid": (layouts.grid, (0.09,)),
    "halves": (layouts.halves, (0.14, 0.8)),
    "horizon": (scenes.horizon, (0.15, 0.2, 0.82)),
    "orb": (scenes.orb, (0.1, 0.86, 0.62)),
    "pair": (layouts.pair, (0.82, 0.12)),
    "sea": (scenes.sea, (0.15, 0.8)),
    "street": (scenes.street, (0.14, 0.3)),
    "threshold": (scenes.threshold, (0.12, 0.82)),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The texts on a poster: title, tagline, actors, credits."""

    title: str
    tagline: str
    stars: str
    credits: tuple[str, ...]


@cache
def _rim(width: int, height: int) -> NDArray[np.float32]:
    """Return how close each pixel is to a corner; 0 in the middle."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    rim: NDArray[np.float32] = np.clip(x**2 + y**2 - 0.5, 0, None).astype(np.float32)
    return rim


def _age(poster: Image.Image, year: int, rng: Random) -> Image.Image:
    """Add grain and darker corners, and yellow old posters."""
    noise = np.random.default_rng(rng.getrandbits(32))
    pixels = np.asarray(poster, dtype=np.float32)
    height, width = pixels.shape[:2]
    grain = rng.uniform(2, 6.5) if year < 1990 else rng.uniform(0.5, 4)
    texture = (
        noise.standard_normal((height // 2, width // 2), dtype=np.float32).repeat(2, 0).repeat(2, 1)
    )
    rim = 1 - rng.uniform(0, 0.32) * _rim(width, height)
    pixels = pixels * rim[..., None] + grain * texture[..., None]
    if year < 1980:
        fade = rng.uniform(0.05, 0.22)
        paper = np.array([226, 205, 165], dtype=np.float32)
        pixels = pixels * (1 - fade) + paper * fade
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def draw_poster(brief: Brief, words: Words, rng: Random) -> Image.Image:
    """Return the poster, ``POSTER_SIZE`` pixels, RGB.

    Args:
        brief: Description of the poster.
        words: The texts on it.
        rng: Random number generator; the same state gives the same poster.

    """
    p = brief.palette
    compose, heights = COMPOSITIONS[brief.composition]
    sheet = compose(brief, rng)
    if rng.random() < 0.7:
        veil(sheet, 0.78 * H, H, p.dark, 0.0, rng.uniform(0.3, 0.85))
    preferred = rng.choice((p.light, p.light, p.accent, p.high, p.dark))
    style = LETTERINGS[brief.lettering]
    centre = rng.choice(heights) * H
    top, bottom = letter_title(sheet, words.title, style, centre, preferred, p.light, p.dark, rng)
    if rng.random() < 0.7:
        is_low = centre > H / 2
        small_line(
            sheet,
            words.tagline,
            top - 30 if is_low else bottom + 34,
            21,
            p.light,
            p.dark,
            spacing=0.06,
        )
    if rng.random() < 0.6 and (top > 90 or centre > H / 2):
        small_line(sheet, words.stars, 44, 22, p.light, p.dark, spacing=0.25)
    for row, line in enumerate(words.credits):
        small_line(
            sheet,
            line,
            H - 74 + 22 * row,
            13,
            p.light,
            p.dark,
            width=440,
            stretch=1.7,
            spacing=0,
            skippable=False,
        )
    if rng.random() < 0.2:
        frame = Image.new("RGB", sheet.size, rng.choice((p.light, p.dark)))
        frame.paste(
            sheet.resize((sheet.width - 48, sheet.height - 48), Image.Resampling.BILINEAR), (24, 24)
        )
        sheet = frame
    return _age(sheet.reduce(SCALE), brief.year, rng)

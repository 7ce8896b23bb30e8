"""The colours of a poster: about forty palettes of six colours, in fourteen moods."""

import colorsys
from dataclasses import dataclass, fields
from random import Random

from posterplot.demo.art.canvas import Colour


@dataclass(frozen=True, slots=True)
class Palette:
    """The six colours of a poster, named by their use.

    Args:
        dark: Silhouettes, and letters on a light background.
        deep: The dark end of a sky, shadows.
        mid: Between deep and high.
        high: The bright end of a sky.
        light: Moons, faces, and letters on a dark background.
        accent: A strong colour for details.

    """

    dark: Colour
    deep: Colour
    mid: Colour
    high: Colour
    light: Colour
    accent: Colour


# Each palette: dark, deep, mid, high, light, accent.
MOODS: dict[str, tuple[str, ...]] = {
    "blood": (
        "0b0709 1c0d10 4a1216 8e1b1b e9d9c4 d3202a",
        "08090b 14181b 2e2a2c 5d1a1d d9d4c7 b5121b",
        "0c0a12 1b1430 3a1a35 7a1530 f0e2d0 e0313a",
    ),
    "noir": (
        "0a0b0d 17191d 3c4046 8b8f94 efece4 d8b13a",
        "0e0d0c 211d1a 4d443a 9b8b74 f1e7d3 c8342b",
        "090c12 131b2a 2f4057 74879c e6ebee e8a02e",
    ),
    "cold": (
        "081018 10273a 2a5470 7fa6b5 e7f0ee e2683c",
        "0b1318 1d3138 47656b 9db5b3 eef1ea c94f3d",
        "0a0f1c 17233f 3b5077 8fa3bd f2f1ea e5c14b",
    ),
    "steel": (
        "07121a 0d2f3f 1c6478 f08a3c ffe3b0 ff5a1f",
        "0a0d12 1a2733 4a3a36 e2702c ffd79a f23d1d",
        "0b0f16 12344a 2f7f8c f4a950 fff0cf e5391f",
    ),
    "desert": (
        "2a120a 6b2c14 b8551f f0a343 fbe7b8 c2331a",
        "24150f 7a3b22 cf7b3a f3c877 fff0cf 2f7d7a",
        "31100b 8c2f1b d9622b f7b95a fdebc8 5a2a6b",
    ),
    "candy": (
        "2b1b52 3a56d4 41b8f0 ffd23f fff7e0 ff4f79",
        "16325c 0fa3b1 6fd6c4 f9e784 fffbe8 f7567c",
        "3b1d5e 8a3ffc ff7ac6 ffc857 fff4e6 2ad4a5",
        "12355b 2fbf71 9be564 ffe66d fffdf0 ff6b35",
    ),
    "sunny": (
        "1d2a44 2f7fd0 6cc4ee ffd95a fffdf3 e8352e",
        "33211a f05d3b f79f3b ffd35c fff8e3 1b8a8f",
        "20313a 1fa29a 8ed6b6 fbe8a6 fffcf0 ef4b4b",
    ),
    "rose": (
        "3a1428 8c2f58 d9627f f7a98f ffe9d6 e8304f",
        "2b1a3d 6c3f80 c9738f f5b6a0 fff0e2 d8345f",
        "40202a a8505a e59a86 f9d2b0 fff6ea b3263f",
    ),
    "violet": (
        "0d0a24 241a56 5a3a96 c07bc8 f6e7ff 5ce0d8",
        "0a1230 1c2f6e 4b6cc0 9cc7ee f4f6ff f2c14e",
        "120b2b 34185e 7d3a94 e58bb4 ffeef0 7be0ff",
    ),
    "forest": (
        "0a1712 143527 2f6a4a 93b77a f3f0d2 e0a030",
        "0d1a14 1f3a36 4c7568 b9cfa6 f7f4df c9522f",
        "101408 2f3b1a 6b7a35 c9c46a fbf3cf 8e2c1f",
    ),
    "mud": (
        "14120d 332e22 655a41 a3946b e9dfc2 a2301f",
        "10140f 2a3228 556048 98a07d ebe8d2 c04a24",
        "171310 3d332b 75624f b59c7c efe2c8 7a1f1a",
    ),
    "sea": (
        "071a26 0b4058 1f7f92 8ccbc0 f5f3df f08a4b",
        "0a1c30 174a7a 4a8fc0 b5dcea fffbe9 e9503f",
        "082020 0f4f4f 3f9488 c4dfb8 fcf6e0 e3a23b",
    ),
    "paper": (
        "1f1b18 7c2f22 c7532f e9c46a f4ead2 2a6f77",
        "1c1c22 34495e d9a441 e8dcc2 f6efdf c0392b",
        "22201c 5b7065 c9cba3 efe6d2 fbf5e6 e26d5c",
        "261b1e 7d8597 d7c9aa f1e9da fbf6ec d1495b",
    ),
    "gold": (
        "120d08 33220f 7d5620 d9a441 fff0c4 a8261d",
        "0d1110 1c2b2a 5b5a34 d1ad55 fbf0cc 3d8f8a",
        "160c12 3d1a2c 8a4640 e0a860 ffeccb c02f3f",
    ),
}


def _parse(row: str) -> Palette:
    colours = [(int(c[:2], 16), int(c[2:4], 16), int(c[4:], 16)) for c in row.split()]
    return Palette(*colours)


def _shift(colour: Colour, hue: float, saturation: float, value: float) -> Colour:
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in colour))
    shifted = colorsys.hsv_to_rgb((h + hue) % 1, min(1, s * saturation), min(1, v * value))
    r, g, b = (round(255 * c) for c in shifted)
    return (r, g, b)


def mix_palette(mood: str, year: int, rng: Random) -> Palette:
    """Return a palette of this mood, with small random changes of hue and saturation.

    Posters from before 1980 are paler.

    Args:
        mood: A key of ``MOODS``.
        year: Year of release.
        rng: Random number generator.

    """
    palette = _parse(rng.choice(MOODS[mood]))
    faded = 0.82 if year < 1980 else 1.0
    hue = rng.gauss(0, 0.022)
    saturation = faded * rng.uniform(0.75, 1.1)
    value = rng.uniform(0.9, 1.06)
    return Palette(
        *(_shift(getattr(palette, f.name), hue, saturation, value) for f in fields(Palette))
    )

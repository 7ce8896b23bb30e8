"""Posters of every kind that a model may meet."""

import io

import numpy as np
from PIL import Image


def encoded(image: Image.Image, format_: str = "JPEG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


def noise(width: int, height: int, *, extreme: bool = False) -> Image.Image:
    """The picture that JPEG compresses worst."""
    pixels = np.random.default_rng(0).integers(0, 2 if extreme else 256, (height, width, 3))
    return Image.fromarray((pixels * (255 if extreme else 1)).astype(np.uint8))


TURNED = Image.Exif()
TURNED[0x0112] = 6
POSTERS = {
    "small": encoded(noise(100, 150)),
    "tiny": encoded(noise(16, 16, extreme=True)),
    "extreme": encoded(noise(200, 300, extreme=True)),
    "large": encoded(noise(1200, 1800)),
    "wide": encoded(noise(900, 300)),
    "png": encoded(noise(100, 150), "PNG"),
    "webp": encoded(noise(600, 900), "WEBP"),
    "grey": encoded(noise(100, 150).convert("L")),
    "transparent": encoded(noise(100, 150).convert("RGBA"), "PNG"),
    "progressive": encoded(noise(100, 150), progressive=True),
    "turned": encoded(noise(600, 400), exif=TURNED),
    "fine": encoded(noise(100, 150), quality=100, subsampling=0),
    "long comment": encoded(noise(300, 450), comment=b"x" * 60_000),
}

"""Convert posters of any colour mode to 8-bit RGB."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

_SAMPLE_FORMAT = 339  # TIFF's tag: 2 = signed integers


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert a poster to RGB.

    Transparent parts become white. Of 16-bit and 32-bit greys, the upper 8 bits are kept.

    Args:
        image: A decoded image as Pillow opened it: its format decides how its colours are read.

    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode[0] in "IF":  # Pillow's conversion would clip them at 255
        return Image.fromarray(_deep_greys(image)).convert("RGB")
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        # Pillow assumes Adobe's convention for every such JPEG, in which values are inverted
        return ImageChops.invert(image).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image.convert("RGB")


def _deep_greys(image: Image.Image) -> NDArray[np.uint8]:
    """Convert 16-bit, 32-bit or floating-point greys to ``(H, W)`` uint8.

    Files of 32 bits do not say how many of them are used: the brightest pixel decides between 8, 16
    and 32. Floating-point numbers are from 0 to 1 or from 0 to 255.
    """
    pixels = np.asarray(image)
    if image.mode == "F":
        pixels = np.nan_to_num(pixels, nan=0.0, posinf=255.0, neginf=0.0)
        scale = 255.0 if pixels.max() <= 1 else 1.0
        greys: NDArray[np.uint8] = np.clip(np.rint(pixels * scale), 0, 255).astype(np.uint8)
        return greys
    bits = 16
    if image.mode == "I":
        signed = getattr(image, "tag_v2", {}).get(_SAMPLE_FORMAT) in (2, (2,))
        pixels = np.maximum(pixels, 0) if signed else pixels.view(np.uint32)
        largest = int(pixels.max())
        bits = 8 if largest < 2**8 else 16 if largest < 2**16 else 31 if signed else 32
    upper: NDArray[np.uint8] = (pixels >> (bits - 8)).astype(np.uint8)
    return upper

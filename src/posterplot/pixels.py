"""Convert posters of any colour mode and orientation to upright 8-bit RGB."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops
from PIL.ExifTags import Base

# EXIF orientation -> how a poster is turned upright
_TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# of these, the ones that swap height and width
SIDEWAYS = frozenset(_TURNS[orientation] for orientation in (5, 6, 7, 8))
_quiet_lock = threading.Lock()
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


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """Return how an image is turned upright by its EXIF orientation; None if it is upright.

    Also None if the EXIF data is damaged: the pixels may be intact.
    """
    with no_warnings():
        try:
            return _TURNS.get(image.getexif().get(Base.Orientation))
        except Exception:  # plugins raise many types of errors
            return None


@contextmanager
def no_warnings() -> Iterator[None]:
    """Silence Pillow's warnings. They are harmless, or the caller raises an error for them.

    The interpreter has one list of warning filters for all threads. Without the lock, two threads
    could restore it in the wrong order and silence warnings for good. Pixels are decoded outside
    the lock, so that threads do not wait for each other.
    """
    with _quiet_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


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

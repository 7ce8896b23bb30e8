"""Decode posters of any format to upright RGB."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from posterplot.dataset.pixel_budget import pixels_in_memory
from posterplot.errors import FilmError
from posterplot.extras import install_command
from posterplot.file_parts import FilePart
from posterplot.pixels import SIDEWAYS, no_warnings, to_rgb, turn_of
from posterplot.regular_files import read_regular

# Formats of posters, wherever they come from: Pillow's name -> media type. Pillow knows more, but
# some of those start other programs. HEIF (HEIC) needs the extra [heic].
POSTER_FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "JPEG2000": "image/jp2",
    "HEIF": "image/heic",
}
# What an HEIC file begins with: the length of its first box, its type, and its brand.
_HEIC = re.compile(rb".{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL)

# A poster scanned for print has about 8,000 x 5,400 pixels; 20,000 x 20,000 would take 1.6 GB.
MAX_PIXELS = 80_000_000
# Limit of WebP, which the page of the report uses. JPEG, used in datasets, allows 65,500.
MAX_SIDE = 16_383
# An 80-megapixel poster as an uncompressed BMP or TIFF has 240 MB.
MAX_BYTES = 256 * 2**20
# Smaller files are placeholders and tracking pixels.
MIN_SIDE = 16


def decode_poster(poster: Path | bytes | FilePart) -> Image.Image:
    """Decode a poster.

    Transparent parts become white. Of an animation, the first frame is decoded; of 16-bit and
    32-bit greys, the upper 8 bits.

    Args:
        poster: The file, its content, or its location in a dataset.

    Returns:
        The poster in RGB, turned upright as its EXIF orientation says.

    Raises:
        FilmError: The file is missing, empty, truncated, not an image, under ``MIN_SIDE`` or over
            ``MAX_SIDE`` pixels wide or high, or has more than ``MAX_PIXELS``. The size is checked
            before its pixels are decoded.
    """
    return load_poster(open_poster(poster))


def open_poster(poster: Path | bytes | FilePart, most_pixels: int = MAX_PIXELS) -> Image.Image:
    """Read the header of a poster. :func:`load_poster` decodes its pixels.

    Args:
        poster: The file, its content, or its location in a dataset.
        most_pixels: Maximum number of pixels.

    Raises:
        FilmError: As :func:`decode_poster`, for errors in the header.
    """
    content = poster if isinstance(poster, bytes) else read_poster(poster)
    if not content:
        raise FilmError("poster is empty")
    try:
        with no_warnings():
            if _HEIC.match(content):
                _register_heif()
            image = Image.open(io.BytesIO(content), formats=_known_formats())
    except Image.DecompressionBombError:
        raise FilmError(f"poster is too large: over {most_pixels:,} pixels") from None
    except UnidentifiedImageError:
        raise FilmError(f"poster is not an image: {_what_else(content)}") from None
    except Exception as error:  # plugins raise many types of errors for a damaged header
        raise FilmError(f"poster is damaged: {error}") from error
    if image.width * image.height > most_pixels:
        raise FilmError(f"poster is too large: over {most_pixels:,} pixels")
    if min(image.size) < MIN_SIDE:
        raise FilmError(f"poster is too small: {image.width} x {image.height} pixels")
    if max(image.size) > MAX_SIDE:
        raise FilmError(f"poster is too long: {image.width:,} x {image.height:,} pixels")
    return image


def upright_size(poster: Path | bytes | FilePart) -> tuple[int, int]:
    """Return the height and width of a poster after it is turned upright.

    Raises:
        FilmError: As :func:`open_poster`.
    """
    image = open_poster(poster)
    # Pillow has turned the size of a TIFF already
    sideways = image.format != "TIFF" and turn_of(image) in SIDEWAYS
    return (image.width, image.height) if sideways else (image.height, image.width)


def load_poster(image: Image.Image, side: int | None = None) -> Image.Image:
    """Decode the pixels of an opened poster.

    Args:
        image: An image from :func:`open_poster`.
        side: If given, a JPEG may be decoded at a half, a quarter or an eighth of its size, as long
            as its shorter side is at least this many pixels. That is several times faster, and the
            whole file is still read and checked.

    Returns:
        The poster in RGB, upright.

    Raises:
        FilmError: The file is truncated or damaged.
    """
    with _clear_errors():
        pixels = image.width * image.height
        if side is not None:
            image.draft(None, _at_least(image, side))
            pixels = _pixels_to_decode(image, pixels)
        with pixels_in_memory(pixels):
            image.load()
            turn = turn_of(image)
            rgb = to_rgb(image)
            return rgb if turn is None else rgb.transpose(turn)


def load_greys(image: Image.Image, side: int) -> Image.Image:
    """Decode an opened poster to greys, mode L, without applying its EXIF orientation.

    The whole file is read and checked, but the colours of a JPEG are not decoded, which saves
    nearly half of the time.

    Args:
        image: An image from :func:`open_poster`.
        side: Shortest side in pixels, as for :func:`load_poster`.

    Raises:
        FilmError: The file is truncated or damaged.
    """
    with _clear_errors():
        pixels = image.width * image.height
        image.draft("L", _at_least(image, side))
        with pixels_in_memory(_pixels_to_decode(image, pixels)):
            return image.convert("L") if image.mode in ("L", "RGB") else to_rgb(image).convert("L")


def read_poster(poster: Path | FilePart) -> bytes:
    """Read the file of a poster, or a poster stored in a dataset.

    Raises:
        FilmError: As :func:`posterplot.regular_files.read_regular`.
        DatasetError: The dataset was changed.
    """
    if isinstance(poster, FilePart):
        return poster.read()
    return read_regular(poster, "poster file", MAX_BYTES)


def shrink(image: Image.Image, side: int) -> Image.Image:
    """Return the poster with its shorter side at most ``side`` pixels; the aspect ratio is kept.

    A smaller poster is returned as it is: enlarging adds nothing but bytes.
    """
    shorter = min(image.size)
    if shorter <= side:
        return image
    width, height = (max(1, round(length * side / shorter)) for length in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def poster_array(image: Image.Image, height: int, width: int) -> NDArray[np.uint8]:
    """Resize a poster to the input of a model.

    The poster is stretched, not cropped, so that title and faces stay; nearly all posters are 2:3.
    Training and prediction both use this function.

    Args:
        image: RGB, of any size.
        height: H.
        width: W.

    Returns:
        ``(3, H, W)`` uint8, contiguous.
    """
    resized = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(resized, dtype=np.uint8).transpose(2, 0, 1))


def _pixels_to_decode(image: Image.Image, whole: int) -> int:
    """Return how many pixels are in memory at once, given the size that the decoder accepted."""
    # a progressive JPEG is kept whole until its last scan, at any requested size
    return whole if image.info.get("progressive") else image.width * image.height


def _at_least(image: Image.Image, side: int) -> tuple[int, int]:
    """Return the size to request from a decoder for a shorter side of at least ``side``."""
    return (side, 1) if image.width <= image.height else (1, side)


def _known_formats() -> tuple[str, ...]:
    Image.init()  # AVIF and WebP are there only if Pillow was built with them
    return tuple(name for name in POSTER_FORMATS if name in Image.OPEN)


@cache
def _register_heif() -> None:
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()


def readable_formats() -> dict[str, str]:
    """Return the entries of ``POSTER_FORMATS`` that this installation can decode."""
    _register_heif()
    known = _known_formats()
    return {name: kind for name, kind in POSTER_FORMATS.items() if name in known}


def _what_else(content: bytes) -> str:
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "SVG, a drawing; save it as JPEG or PNG"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "HTML, a web page; the download went wrong"
    if _HEIC.match(content):
        return f"HEIC; save it as JPEG, or {install_command('heic')}"
    return "unknown format"


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn the many errors of Pillow's plugins into one :class:`FilmError`."""
    try:
        yield
    except FilmError:
        raise
    except Exception as error:
        reason = "truncated" if "truncated" in str(error) else "damaged"
        raise FilmError(f"poster is {reason}: {error}") from error

"""Reduce posters to the small JPEGs that a dataset stores.

``predict`` reads posters through the same JPEG. So the model gets the same pixels in prediction as
in training and evaluation, whatever the size and format of the poster.
"""

import io
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from posterplot.dataset.poster_images import load_poster, open_poster, read_poster, shrink
from posterplot.file_parts import FilePart

# The shorter side of a stored poster is at most this many pixels.
POSTER_SIDE = 256
_QUALITY = 90  # hardly distinguishable from lossless, at a third of the size


class StoredPoster(NamedTuple):
    """A poster as a dataset stores it.

    Attributes:
        content: JPEG, RGB, upright, its shorter side at most ``POSTER_SIDE``.
        image: The image that was encoded as ``content``: RGB, upright, its shorter side at least
            ``2 * POSTER_SIDE`` where the poster has as many pixels; None if ``content`` is the
            poster's own bytes, because it was a suitable JPEG already.

    """

    content: bytes
    image: Image.Image | None


def stored_poster(poster: Path | bytes | FilePart) -> StoredPoster:
    """Reduce a poster to what a dataset stores.

    Reducing it again changes nothing: ``stored_poster(p.content).content == p.content``.

    Args:
        poster: The file, or its content.

    Raises:
        FilmError: As :func:`posterplot.dataset.poster_images.decode_poster`. The pixels of a
            poster that is kept byte for byte are not decoded, and so not checked.

    """
    content = poster if isinstance(poster, bytes) else read_poster(poster)
    opened = open_poster(content)
    if _is_stored(opened, len(content)):
        return StoredPoster(content, None)
    image = load_poster(opened, 2 * POSTER_SIDE)
    small = shrink(image, POSTER_SIDE)
    buffer = io.BytesIO()
    # Pillow would copy the original's comment, however long it is
    small.save(buffer, "JPEG", quality=_QUALITY, comment=b"")
    return StoredPoster(buffer.getvalue(), image)


def _is_stored(image: Image.Image, size: int) -> bool:
    """Return whether a poster, of ``size`` bytes, can be stored as it is."""
    return (
        image.format == "JPEG"
        and image.mode == "RGB"
        and not image.info.get("progressive")
        and not {"exif", "xmp"} & image.info.keys()  # it may have to be rotated
        and min(image.size) <= POSTER_SIDE
        # A larger file has more content than a picture. Even our JPEGs of pure noise are smaller.
        and size <= 2 * image.width * image.height + 4096
    )

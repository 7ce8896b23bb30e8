"""Convert posters from Python objects: paths, bytes, PIL images and NumPy arrays.

Pillow and NumPy are imported only for an image or an array: its type has loaded them already.
"""

import io
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from posterplot.errors import UsageError
from posterplot.file_parts import FilePart

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Poster = str | PathLike[str] | bytes | FilePart | Image | NDArray[np.uint8]

_STORED_MODES = ("L", "RGB", "RGBA", "I", "I;16")  # others are stored as RGB


def path_or_bytes(poster: "Poster") -> Path | bytes | FilePart:
    """Return a poster as :class:`posterplot.films.Film` stores it. Encoding pixels is lossless.

    Args:
        poster: A file (``str`` or ``Path``), the bytes of one (JPEG, PNG, WebP, …) or their place
            in a dataset, a ``PIL.Image``, which is turned upright, or an array ``(H, W, 3)`` uint8
            in RGB.

    Raises:
        UsageError: The poster is of another type, or an array of another shape or dtype.

    """
    if isinstance(poster, bytes | FilePart):
        return poster
    if isinstance(poster, str | PathLike):
        return Path(poster)
    import numpy as np
    from PIL import Image, ImageOps

    if isinstance(poster, np.ndarray):
        if poster.dtype != np.uint8 or poster.ndim != 3 or poster.shape[2] != 3:
            shape = "x".join(map(str, poster.shape))
            raise UsageError(
                f"the poster is an array {shape} of {poster.dtype}",
                hint="pass height x width x 3 of uint8, in RGB",
            )
        poster = Image.fromarray(poster)
    if not isinstance(poster, Image.Image):
        raise UsageError(
            f"a poster cannot be of the type {type(poster).__name__}",
            hint="pass a path, bytes, a PIL.Image or a NumPy array",
        )
    upright = ImageOps.exif_transpose(poster)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
    image = upright if upright.mode in _STORED_MODES else upright.convert("RGB")
    stream = io.BytesIO()
    image.save(stream, "TIFF")  # uncompressed: fifty times faster than PNG
    return stream.getvalue()

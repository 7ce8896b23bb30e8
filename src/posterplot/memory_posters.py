"""Convert posters from Python objects: paths, bytes, PIL images and NumPy arrays.

Pillow and NumPy are imported only for an image or an array: its type has loaded them already.
"""

import io
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from posterplot.errors import FilmError, UsageError
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
        FilmError: The image has no pixels, or its file is damaged or closed.

    """
    if isinstance(poster, bytes | FilePart):
        return poster
    if isinstance(poster, str | PathLike):
        return Path(poster)
    import numpy as np
    from PIL import Image

    if isinstance(poster, np.ndarray):
        if poster.dtype != np.uint8 or poster.ndim != 3 or poster.shape[2] != 3 or not poster.size:
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
    stream = io.BytesIO()
    try:
        _storable(poster).save(stream, "TIFF")  # uncompressed: fifty times faster than PNG
    except Exception as error:  # plugins raise many types of errors for a damaged file
        raise FilmError(f"poster is damaged: {error}") from error
    return stream.getvalue()


def _storable(poster: "Image") -> "Image":
    """Return an image upright, without EXIF data, in a mode that is stored."""
    from PIL import Image

    from posterplot.pixels import to_rgb, turn_of

    poster.load()
    turn = turn_of(poster)  # the conversion forgets it
    if poster.mode == "La":  # premultiplied; Pillow converts it to LA alone
        poster = poster.convert("LA")
    if poster.has_transparency_data:
        image = poster.convert("RGBA")
    else:
        image = poster if poster.mode in _STORED_MODES else to_rgb(poster)
    plain = Image.new(image.mode, image.size)
    plain.paste(image)
    return plain if turn is None else plain.transpose(turn)

"""Check the films of a request before anything large is decoded."""

import base64
import binascii
from typing import NamedTuple

from PIL.TiffImagePlugin import TiffImageFile

from posterplot.dataset.poster_images import open_poster
from posterplot.errors import FilmError
from posterplot.films import Film
from posterplot.serve.http.schemas import FilmRequest
from posterplot.serve.limits import (
    MAX_JPEG2000_PIXELS,
    MAX_OVERVIEW,
    MAX_PIXELS,
    MAX_POSTER,
    MAX_SCANS,
)

# Marker that starts a scan of a JPEG. These two bytes cannot occur inside a scan.
_SCAN_MARKER = b"\xff\xda"
_STRIPS = 273  # TIFF tag for the offsets of the strips, each of which is a JPEG
# BMP compressions that Pillow decodes in Python: a file of 8 MB took 13 s.
_RLE = (1, 2)


class UploadedFilm(NamedTuple):
    """A film of a request.

    Attributes:
        id: Id that was sent; returned with the response.
        title: Title that was sent; returned with the response.
        film: The inputs that can be used; None if none can.
        problem: Why an input, or the whole film, cannot be used; None if all of it can.
        pointer: JSON pointer to the film; "" in a form, which is one film.

    """

    id: str
    title: str
    film: Film | None
    problem: str | None
    pointer: str = ""


def uploaded_film(
    request: FilmRequest, poster: bytes | None = None, *, pointer: str = ""
) -> UploadedFilm:
    """Check the inputs of a film, and leave out unusable ones.

    Only the header of the poster is decoded.

    Args:
        request: The film, with its poster in base64.
        poster: The bytes of its poster, if they came as a file.
        pointer: JSON pointer to the film in the request.

    """
    id_, title = request.id, request.title
    problems = []
    overview = request.overview
    if overview is not None and len(overview) > MAX_OVERVIEW:
        problems.append(f"overview is too long: over {MAX_OVERVIEW:,} characters")
        overview = None
    try:
        if request.poster is not None:
            poster = _decode_base64(request.poster)
        if poster is not None:
            check_poster(poster)
    except FilmError as error:
        problems.append(error.what)
        poster = None
    problem = "; ".join(problems) or None
    try:
        film = Film(id_, title, overview=overview, poster=poster)
    except FilmError as error:
        return UploadedFilm(id_, title, None, problem or f"the film {error.what}", pointer)
    return UploadedFilm(id_, title, film, problem, pointer)


def check_poster(content: bytes) -> None:
    """Check a poster before its pixels are decoded.

    Raises:
        FilmError: The file has more than ``MAX_POSTER`` bytes, ``MAX_PIXELS`` pixels (in JPEG 2000,
            ``MAX_JPEG2000_PIXELS``) or ``MAX_SCANS`` scans, is in no supported format, would be
            slow to decode, or its header is damaged.

    """
    if len(content) > MAX_POSTER:
        raise FilmError(f"poster is too large: over {MAX_POSTER:,} bytes")
    image = open_poster(content, MAX_PIXELS)
    if image.format == "JPEG2000" and image.width * image.height > MAX_JPEG2000_PIXELS:
        raise FilmError(f"poster is too large: over {MAX_JPEG2000_PIXELS:,} pixels in JPEG 2000")
    compression = image.info.get("compression")
    if image.format == "BMP" and compression in _RLE:
        raise FilmError("poster is not supported: a BMP with run-length encoding")
    is_jpeg = content.startswith(b"\xff\xd8") or compression == "jpeg"
    strips = len(image.tag_v2.get(_STRIPS, ())) if isinstance(image, TiffImageFile) else 0
    if is_jpeg and content.count(_SCAN_MARKER) > MAX_SCANS + strips:
        raise FilmError(f"poster is not supported: a JPEG with more than {MAX_SCANS} scans")


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: the text is not ASCII
        raise FilmError("poster is not base64: encode the bytes of its file") from None

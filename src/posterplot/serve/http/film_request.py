"""What is asked about, once it is known to be safe to decode."""

import re
from typing import NamedTuple

from posterplot.dataset.poster_images import open_poster
from posterplot.errors import FilmError
from posterplot.films import Film
from posterplot.serve.http.schemas import FilmIn
from posterplot.serve.limits import FORMATS, MAX_PIXELS, MAX_POSTER, MAX_SCANS

_BEGINNINGS = {name: re.compile(start, re.DOTALL) for name, start in FORMATS.items()}
_SCAN = b"\xff\xda"  # begins a scan of a JPEG; within a scan no such two bytes can stand


class Asked(NamedTuple):
    """A film of a request.

    Attributes:
        id, title: as they were sent; they come back.
        film: what is left to predict from; None if nothing is.
        problem: why a part of it, or all of it, is set aside; None if nothing is.

    """

    id: str
    title: str
    film: Film | None
    problem: str | None


def ask_about(film: FilmIn) -> Asked:
    """Set aside a poster that may not be decoded; nothing of it but its header is read."""
    problem: str | None = None
    poster = film.poster
    if poster is not None:
        try:
            check_poster(poster)
        except FilmError as error:
            problem, poster = error.what, None
    try:
        known = Film(film.id, film.title, None, film.overview, (), poster)
    except FilmError as error:
        return Asked(film.id, film.title, None, problem or f"the film {error.what}")
    return Asked(film.id, film.title, known, problem)


def check_poster(content: bytes) -> None:
    """Check what can be told of a poster before its pixels are decoded.

    Raises:
        FilmError: it is too large a file, of no format that is served, of more pixels than
            ``MAX_PIXELS``, or of more scans than any encoder writes; or its header is damaged.

    """
    if len(content) > MAX_POSTER:
        raise FilmError(f"poster is too large: over {MAX_POSTER:,} bytes")
    kind = next((name for name, start in _BEGINNINGS.items() if start.match(content)), None)
    if kind is None:
        raise FilmError(f"poster is not one of {', '.join(FORMATS)}")
    image = open_poster(content)
    if image.width * image.height > MAX_PIXELS:
        raise FilmError(f"poster is too large: over {MAX_PIXELS:,} pixels")
    if kind == "JPEG" and content.count(_SCAN) > MAX_SCANS:
        raise FilmError(f"poster is not served: a JPEG of over {MAX_SCANS} scans")

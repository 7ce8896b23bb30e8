"""One film as its catalogue has it -> what of it can be used, and why not the rest."""

import io
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from posterplot.dataset.duplicates import HASH_SIDE, overview_key, poster_hash
from posterplot.dataset.manifest import Part, film_digest
from posterplot.dataset.poster_images import (
    load_greys,
    load_poster,
    open_poster,
    read_poster,
    shrink,
)
from posterplot.dataset.text import clean_overview
from posterplot.errors import FilmError
from posterplot.films import Film, Rejected

_QUALITY = 90  # of the JPEGs written: hardly to be told from the original, at a third of lossless


@dataclass(frozen=True, slots=True)
class Checked:
    """A film after its check.

    Args:
        film: with a clean overview and a poster of working size, as bytes; None if unusable.
        rejected: what of it cannot be used, possibly all.
        overview_key: see :func:`posterplot.dataset.duplicates.overview_key`.
        poster_hash: see :func:`posterplot.dataset.duplicates.poster_hash`.
        digest: see :func:`posterplot.dataset.manifest.film_digest`; empty if unusable.
    """

    film: Film | None
    rejected: tuple[Rejected, ...] = ()
    overview_key: bytes | None = None
    poster_hash: int | None = None
    digest: bytes = b""


def check_film(film: Film, poster_side: int, *, unlabelled: bool = False) -> Checked:
    """Decode the poster, clean the overview, and keep the film if it has genres and one of both.

    Args:
        film: from a catalogue.
        poster_side: the shorter side that posters are stored with, at most.
        unlabelled: whether a film without genres is kept.
    """
    if not film.genres and not unlabelled:
        return Checked(None, (_rejected(film, "film", "has no genres: nothing to learn from"),))
    faults = []
    poster = hashed = None
    overview = clean_overview(film.overview)
    if film.overview and not overview:
        faults.append(_rejected(film, "overview", f"overview says nothing: {film.overview[:80]!r}"))
    if film.poster is not None:
        try:
            poster, hashed = _working_poster(film.poster, poster_side)
        except FilmError as error:
            faults.append(_rejected(film, "poster", error.what))
    if poster is None and overview is None:
        reason = "; ".join(fault.reason for fault in faults)
        return Checked(None, (_rejected(film, "film", reason),))
    clean = replace(film, overview=overview, poster=poster)
    return Checked(clean, tuple(faults), overview_key(overview), hashed, film_digest(clean))


def _working_poster(poster: Path | bytes, side: int) -> tuple[bytes, int | None]:
    """Return the poster as JPEG of working size, and its perceptual hash.

    Raises:
        FilmError: the poster cannot be used.
    """
    content = poster if isinstance(poster, bytes) else read_poster(poster)
    image = open_poster(content)
    if _is_working(image, len(content), side):
        # Kept byte for byte, and so decoded for its check and its hash alone: greys will do.
        return content, poster_hash(load_greys(image, HASH_SIDE))
    small = shrink(load_poster(image, 2 * side), side)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue(), poster_hash(small)


def _is_working(image: Image.Image, size: int, side: int) -> bool:
    return (
        image.format == "JPEG"
        and image.mode == "RGB"
        and not image.info.get("progressive")
        and not {"exif", "xmp"} & image.info.keys()  # it may have to be turned
        and min(image.size) <= side
        and size <= image.width * image.height  # else it carries more than a picture
    )


def _rejected(film: Film, part: Part, reason: str) -> Rejected:
    return Rejected(film.id, film.title, film.source, part, reason)

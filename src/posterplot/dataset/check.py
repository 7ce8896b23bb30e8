"""Check one film of a catalogue: which of its parts can be used, and why others cannot."""

from dataclasses import dataclass, replace
from pathlib import Path

from posterplot.dataset.duplicates import HASH_SIDE, overview_key, poster_hash
from posterplot.dataset.manifest import Part, film_digest
from posterplot.dataset.poster_images import load_greys, open_poster
from posterplot.dataset.stored_poster import stored_poster
from posterplot.dataset.text import clean_overview, placeholder_reason
from posterplot.errors import FilmError
from posterplot.file_parts import FilePart
from posterplot.films import Film, Rejected


@dataclass(frozen=True, slots=True)
class Checked:
    """A film after its check.

    Args:
        film: with a clean overview and its poster as stored; None if unusable.
        rejected: the parts that cannot be used, possibly the whole film.
        overview_key: see :func:`posterplot.dataset.duplicates.overview_key`.
        poster_hash: see :func:`posterplot.dataset.duplicates.poster_hash`.
        digest: see :func:`posterplot.dataset.manifest.film_digest`; empty if unusable.
    """

    film: Film | None
    rejected: tuple[Rejected, ...] = ()
    overview_key: bytes | None = None
    poster_hash: int | None = None
    digest: bytes = b""


def check_film(film: Film, *, unlabelled: bool = False) -> Checked:
    """Decode the poster and clean the overview.

    A film is usable if it has genres and a usable poster or overview.

    Args:
        film: from a catalogue.
        unlabelled: whether a film without genres is usable too.
    """
    if not film.genres and not unlabelled:
        return Checked(
            None, (_rejected(film, "film", "has no genres: it cannot be used for training"),)
        )
    faults = []
    poster = hashed = None
    overview = clean_overview(film.overview)
    if film.overview and not overview:
        faults.append(_rejected(film, "overview", placeholder_reason(film.overview)))
    if film.poster is not None:
        try:
            poster, hashed = _read_poster(film.poster)
        except FilmError as error:
            faults.append(_rejected(film, "poster", error.what))
    if poster is None and overview is None:
        reason = "; ".join(fault.reason for fault in faults)
        return Checked(None, (_rejected(film, "film", reason),))
    clean = replace(film, overview=overview, poster=poster)
    return Checked(clean, tuple(faults), overview_key(overview), hashed, film_digest(clean))


def _read_poster(poster: Path | bytes | FilePart) -> tuple[bytes, int | None]:
    """Return the poster as it is stored, and its perceptual hash.

    Raises:
        FilmError: the poster cannot be used.
    """
    content, image = stored_poster(poster)
    if image is None:  # kept byte for byte: greys are enough for the check and the hash
        return content, poster_hash(load_greys(open_poster(content), HASH_SIDE))
    return content, poster_hash(image)


def _rejected(film: Film, part: Part, reason: str) -> Rejected:
    return Rejected(film.id, film.title, film.source, part, reason)

"""Check one film of a catalogue: which parts can be used, and why others cannot."""

from dataclasses import dataclass, replace

from posterplot.dataset.duplicates import overview_key
from posterplot.dataset.manifest import Part, film_digest
from posterplot.dataset.poster_log import NO_POSTER, LoggedPoster, decode
from posterplot.dataset.text import clean_overview, placeholder_reason
from posterplot.errors import FilmError
from posterplot.films import Film, Rejected


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked film.

    Args:
        film: The film with a clean overview and its poster as stored; None if unusable.
        rejected: The parts that cannot be used, possibly the whole film.
        overview_key: Key of the overview; see :func:`posterplot.dataset.duplicates.overview_key`.
        poster_hash: Perceptual hash; see :func:`posterplot.dataset.duplicates.poster_hash`.
        digest: Digest of the film; see :func:`posterplot.dataset.manifest.film_digest`. Empty if
            unusable.
        logged: Entry for :class:`posterplot.dataset.poster_log.PosterLog`; None if the catalogue
            rejected the film.
    """

    film: Film | None
    rejected: tuple[Rejected, ...] = ()
    overview_key: bytes | None = None
    poster_hash: int | None = None
    digest: bytes = b""
    logged: LoggedPoster | None = None


def check_film(
    film: Film, *, unlabelled: bool = False, known: LoggedPoster | None = None
) -> Checked:
    """Decode the poster and clean the overview.

    A film is usable if it has genres and a usable poster or overview.

    Args:
        film: A film of a catalogue.
        unlabelled: Whether a film without genres is usable too.
        known: The log entry of its poster from an earlier call, if there is one.
    """
    if not film.genres and not unlabelled:
        reason = "has no genres: it cannot be used for training"
        return Checked(None, (_rejected(film, "film", reason),), logged=NO_POSTER)
    rejected = []
    poster, logged = None, NO_POSTER
    overview = clean_overview(film.overview)
    if film.overview and not overview:
        rejected.append(_rejected(film, "overview", placeholder_reason(film.overview)))
    if film.poster is not None:
        try:
            poster, logged = decode(film.poster, known)
        except FilmError as error:
            rejected.append(_rejected(film, "poster", error.what))
    if poster is None and overview is None:
        reason = "; ".join(part.reason for part in rejected)
        return Checked(None, (_rejected(film, "film", reason),), logged=logged)
    clean = replace(film, overview=overview, poster=poster)
    key, digest = overview_key(overview), film_digest(clean)
    return Checked(clean, tuple(rejected), key, logged.hash, digest, logged)


def _rejected(film: Film, part: Part, reason: str) -> Rejected:
    return Rejected(film.id, film.title, film.source, part, reason)

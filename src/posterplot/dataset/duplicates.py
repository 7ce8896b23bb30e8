"""Find duplicate films in a catalogue, so that they are never in different splits."""

import hashlib
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dct

from posterplot.dataset.blocks import blocks
from posterplot.dataset.film_index import FilmIndex, IndexedFilm
from posterplot.normalisation import normalized

# Measured on 6,000 posters: one poster saved at two sizes or qualities differs in at most 2 of 64
# bits; of the 17.9 million pairs of different posters, none differs in fewer than 10.
_MAX_BITS = 3
_BANDS = 4  # of 16 bits; 3 differing bits cannot touch all of 4 bands, so such a pair shares one
_CHUNKS = 16  # number of hashes that are compared at once, to limit memory
_HASH_PIXELS = 32  # side of the reduced image that is hashed
_LOW_WAVES = dct(np.eye(_HASH_PIXELS), axis=0)[:8]  # (8, 32): the 8 lowest frequencies
# Shorter side that a poster should have: below it the hash becomes unreliable.
HASH_SIDE = 4 * _HASH_PIXELS

# If its greys (0 to 255) spread less than this, a poster is blank and its hash is noise.
_MIN_SPREAD = 16
# Shorter overviews ("A documentary.") may belong to different films.
_MIN_CHARACTERS = 40
# An overview or poster that more different titles share is a placeholder: "Poster to come", "Help
# us by …".
_MAX_TITLES = 5


def poster_hash(image: Image.Image) -> int | None:
    """Return the 64-bit perceptual hash of a poster, or None if the poster is nearly blank.

    The hash equals that of ``imagehash.phash``, bit for bit, and takes a quarter of its time: two
    small matrix products replace a transform of which only 64 numbers are used.

    Args:
        image: Upright image, RGB or grey. Its shorter side is at least ``HASH_SIDE`` where it has
            as many pixels.
    """
    small = image.resize(
        (_HASH_PIXELS, _HASH_PIXELS), Image.Resampling.LANCZOS, reducing_gap=2.0
    ).convert("L")
    greys = np.asarray(small, dtype=np.float64)
    if np.ptp(greys) < _MIN_SPREAD:
        return None
    waves = _LOW_WAVES @ greys @ _LOW_WAVES.T  # (8, 8)
    return int.from_bytes(np.packbits(waves > np.median(waves)).tobytes(), "big")


def overview_key(overview: str | None) -> bytes | None:
    """Return a key that ignores case, punctuation and spaces; None if the overview is short."""
    letters = _letters(overview or "")
    if len(letters) < _MIN_CHARACTERS:
        return None
    return hashlib.blake2b(letters.encode(), digest_size=16).digest()


def name_key(title: str, year: int | None) -> bytes | None:
    """Return the key of a title and a year, which may be unknown; None without a title."""
    letters = _letters(title)
    if not letters:
        return None
    return hashlib.blake2b(f"{letters} {year}".encode(), digest_size=16).digest()


def title_key(title: str, year: int | None) -> bytes | None:
    """Return the key of a title and year; None if either is unknown.

    A title without a year is not enough: remakes have the same title.
    """
    return None if year is None else name_key(title, year)


def group_duplicates(
    titles: Sequence[str],
    years: Sequence[int | None],
    overviews: Sequence[bytes | None],
    posters: Sequence[int | None],
) -> NDArray[np.int64]:
    """Group N films. Two films with the same title and year, overview or poster share a group.

    An overview or a poster that films of many titles share is a placeholder and groups none.

    Args:
        titles: N titles; "" where unknown.
        years: N years; None where unknown.
        overviews: N keys from :func:`overview_key`.
        posters: N hashes from :func:`poster_hash`; up to 3 differing bits are the same poster.

    Returns:
        ``(N,)`` int64 group numbers, from 0, in the order of each group's first film.
    """
    with FilmIndex() as index:
        for title, year, overview, poster in zip(titles, years, overviews, posters, strict=True):
            name, title_ = name_key(title, year), title_key(title, year)
            index.add(IndexedFilm(name=name, title_key=title_, overview=overview, poster=poster))
        return group_indexed(index).astype(np.int64)


def group_indexed(index: FilmIndex) -> NDArray[np.int32]:
    """Group the N films of an index as :func:`group_duplicates` does: ``(N,)`` int32.

    Memory use is 4 bytes per film and 16 per distinct poster.
    """
    index.finish()
    parents = array("i", range(len(index)))
    for first, film in _same_key(index.rows("title_key")):
        _join(parents, first, film)
    for column in ("overview", "poster"):
        for first, film in _same_key(index.rows_without_placeholders(column, _MAX_TITLES)):
            _join(parents, first, film)
    for first, film in _near_posters(index):
        _join(parents, first, film)
    return _numbered(parents)


def _letters(text: str) -> str:
    # NFKC: full-width letters and ligatures equal their plain forms.
    return re.sub(r"[\W_]+", "", normalized("NFKC", text).casefold())


def _join(parents: "array[int]", one: int, other: int) -> None:
    """Join the groups of two films; the smaller root is the root of both."""
    one, other = _root(parents, one), _root(parents, other)
    parents[max(one, other)] = min(one, other)


def _root(parents: "array[int]", film: int) -> int:
    while parents[film] != film:
        parents[film] = parents[parents[film]]
        film = parents[film]
    return film


def _numbered(parents: "array[int]") -> NDArray[np.int32]:
    """Return group numbers, from 0, in the order of each group's first film.

    They replace the parents in their memory.
    """
    groups = np.frombuffer(parents, np.int32) if parents else np.zeros(0, np.int32)
    for block in blocks(len(groups)):
        here = groups[block]
        while ((above := groups[here]) != here).any():
            here[:] = above
    count = 0
    for block in blocks(len(groups)):
        here = groups[block]
        # a group's root is its first film, as films are always joined to earlier ones
        roots = here.copy()
        first = roots == np.arange(block.start, block.stop)
        found = int(np.count_nonzero(first))
        here[first] = np.arange(count, count + found)
        here[~first] = groups[roots[~first]]
        count += found
    return groups


def _same_key(rows: Iterable[tuple[object, int]]) -> Iterator[tuple[int, int]]:
    """Pair each film with the first film that has the same key.

    Args:
        rows: (key, film), those of one key one after the other, in the order of the films.
    """
    key, first = None, -1  # no key is None
    for same, film in rows:
        if same == key:
            yield first, film
        else:
            key, first = same, film


def _near_posters(index: FilmIndex) -> Iterator[tuple[int, int]]:
    """Pair films whose poster hashes differ in 1 to ``_MAX_BITS`` bits."""
    values, films = index.posters(_MAX_TITLES)  # each hash once
    bands = values.view(np.uint16).reshape(-1, _BANDS)
    for part in bands.T:
        for chunk in range(_CHUNKS):
            here = np.flatnonzero(part % _CHUNKS == chunk)
            here = here[np.argsort(part[here], kind="stable")]
            # Films that share the band are adjacent: compare each with its 1st, 2nd, … successor.
            for step in range(1, len(here)):
                left, right = here[:-step], here[step:]
                shared = part[left] == part[right]
                if not shared.any():
                    break
                left, right = left[shared], right[shared]
                near = np.bitwise_count(values[left] ^ values[right]) <= _MAX_BITS
                yield from zip(films[left[near]].tolist(), films[right[near]].tolist(), strict=True)

"""Find films that stand in a catalogue more than once: a split must not separate them."""

import hashlib
import re
import unicodedata
from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dct
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_Key = TypeVar("_Key", bytes, int)

# Measured on 6,000 posters: one poster saved at two sizes or qualities differs in at most 2 of 64
# bits; of the 17.9 million pairs of different posters, none differs in fewer than 10.
_MOST_BITS = 3
_BANDS = 4  # 3 differing bits cannot touch all of 4 bands, so such a pair shares one
_HASH_PIXELS = 32  # what the perceptual hash looks at
_LOW_WAVES = dct(np.eye(_HASH_PIXELS), axis=0)[:8]  # (8, 32): the 8 lowest frequencies
# The shorter side that a poster should have for its hash: below it the hash becomes unreliable.
HASH_SIDE = 4 * _HASH_PIXELS

# Below this spread of its greys (0 to 255) a poster is a blank sheet and its hash is noise.
_LEAST_SPREAD = 16
# Shorter overviews ("A documentary.") may be those of different films.
_LEAST_CHARACTERS = 40
# An overview or poster that films of more titles than this share is a placeholder: "Poster to
# come", "Help us by …".
_MOST_TITLES = 5


def poster_hash(image: Image.Image) -> int | None:
    """Return the 64-bit perceptual hash of a poster, or None if the poster is nearly blank.

    The hash equals that of ``imagehash.phash``, bit for bit, and takes a quarter of its time: two
    small matrix products replace a transform of which only 64 numbers are used.

    Args:
        image: upright, RGB or grey; its shorter side at least ``HASH_SIDE`` where it has as many
            pixels.
    """
    small = image.resize(
        (_HASH_PIXELS, _HASH_PIXELS), Image.Resampling.LANCZOS, reducing_gap=2.0
    ).convert("L")
    greys = np.asarray(small, dtype=np.float64)
    if np.ptp(greys) < _LEAST_SPREAD:
        return None
    waves = _LOW_WAVES @ greys @ _LOW_WAVES.T  # (8, 8)
    return int.from_bytes(np.packbits(waves > np.median(waves)).tobytes(), "big")


def overview_key(overview: str | None) -> bytes | None:
    """Return a key that ignores case, punctuation and spaces; None if the overview is short."""
    letters = _letters(overview or "")
    if len(letters) < _LEAST_CHARACTERS:
        return None
    return hashlib.blake2b(letters.encode(), digest_size=16).digest()


def title_key(title: str, year: int | None) -> tuple[str, int] | None:
    """Return the key of a title and year; None if either is unknown.

    A title without a year is not enough: remakes have the same title.
    """
    letters = _letters(title)
    return (letters, year) if letters and year is not None else None


def group_duplicates(
    titles: Sequence[str],
    years: Sequence[int | None],
    overviews: Sequence[bytes | None],
    posters: Sequence[int | None],
) -> NDArray[np.int64]:
    """Group N films: two that share title and year, overview or poster are in one group.

    An overview or a poster that films of many titles share is a placeholder and groups none.

    Args:
        titles: N titles; "" where unknown.
        years: N years; None where unknown.
        overviews: N keys from :func:`overview_key`.
        posters: N hashes from :func:`poster_hash`; up to 3 differing bits are the same poster.

    Returns:
        ``(N,)`` int64 group numbers, from 0, in the order of each group's first film.
    """
    films = len(titles)
    # Nothing says that two films without a title are the same, so each counts as its own title.
    names = [
        (_letters(title) or n, year)
        for n, (title, year) in enumerate(zip(titles, years, strict=True))
    ]
    pairs = np.concatenate(
        [
            _same([title_key(*film) for film in zip(titles, years, strict=True)]),
            _same(_without_placeholders(overviews, names)),
            _near(_without_placeholders(posters, names)),
        ]
    )
    links = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(films, films))
    _, component = connected_components(links, directed=False)
    _, first, member = np.unique(component, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[member].astype(np.int64)


def _letters(text: str) -> str:
    # NFKC: full-width letters and ligatures equal their plain forms.
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _without_placeholders(
    keys: Sequence[_Key | None], names: Sequence[Hashable]
) -> list[_Key | None]:
    """Replace by None each key that films of more than ``_MOST_TITLES`` names share."""
    names_of: dict[_Key, set[Hashable]] = {}
    for key, name in zip(keys, names, strict=True):
        if key is not None:
            names_of.setdefault(key, set()).add(name)
    return [k if k is not None and len(names_of[k]) <= _MOST_TITLES else None for k in keys]


def _same(keys: Sequence[Hashable | None]) -> NDArray[np.int64]:
    """Pair every film with the first of its key: ``(P, 2)`` int64."""
    first: dict[Hashable, int] = {}
    pairs = [(first.setdefault(key, n), n) for n, key in enumerate(keys) if key is not None]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _near(hashes: Sequence[int | None]) -> NDArray[np.int64]:
    """Pair the films whose hashes differ in at most ``_MOST_BITS`` bits: ``(P, 2)`` int64."""
    same = _same(hashes)  # equal hashes first: below, each hash occurs once
    films = np.unique(same[:, 0])
    values = np.array([hashes[n] for n in films], dtype=np.uint64)
    found = [same]
    width = 64 // _BANDS
    for band in range(_BANDS):
        part = values >> np.uint64(band * width) & np.uint64(2**width - 1)
        order = np.argsort(part, kind="stable")
        # Films that share the band are adjacent: compare each with its 1st, 2nd, … successor.
        for step in range(1, len(order)):
            left, right = order[:-step], order[step:]
            shared = part[left] == part[right]
            if not shared.any():
                break
            left, right = left[shared], right[shared]
            near = np.bitwise_count(values[left] ^ values[right]) <= _MOST_BITS
            found.append(np.stack([films[left[near]], films[right[near]]], axis=1))
    return np.concatenate(found)

"""Translate genre names between IMDb, TMDB, MM-IMDb, MovieLens and TheTVDB.

Every vocabulary maps its names to those of IMDb, and back. Not every mapping is reversible: TMDB
has one Music for IMDb's Music and Musical, its series have one "Sci-Fi & Fantasy", and TMDB has no
Biography, Film-Noir, Short or Sport at all.
"""

import re
from collections.abc import Callable, Iterable

IMDB = (
    "Action Adult Adventure Animation Biography Comedy Crime Documentary Drama Family Fantasy"
    " Film-Noir Game-Show History Horror Music Musical Mystery News Reality-TV Romance Sci-Fi Short"
    " Sport Talk-Show Thriller War Western"
).split()

TMDB_FILM_IDS = {
    "Action": 28,
    "Adventure": 12,
    "Animation": 16,
    "Comedy": 35,
    "Crime": 80,
    "Documentary": 99,
    "Drama": 18,
    "Family": 10751,
    "Fantasy": 14,
    "Foreign": 10769,  # no longer in use, but in dumps of 2017
    "History": 36,
    "Horror": 27,
    "Music": 10402,
    "Mystery": 9648,
    "Romance": 10749,
    "Science Fiction": 878,
    "TV Movie": 10770,
    "Thriller": 53,
    "War": 10752,
    "Western": 37,
}
TMDB_SERIES_IDS = {
    "Action & Adventure": 10759,
    "Animation": 16,
    "Comedy": 35,
    "Crime": 80,
    "Documentary": 99,
    "Drama": 18,
    "Family": 10751,
    "Kids": 10762,
    "Mystery": 9648,
    "News": 10763,
    "Reality": 10764,
    "Sci-Fi & Fantasy": 10765,
    "Soap": 10766,
    "Talk": 10767,
    "War & Politics": 10768,
    "Western": 37,
}

# vocabulary -> its name -> IMDb names; names that equal IMDb's are not repeated here.
_TO_IMDB: dict[str, dict[str, tuple[str, ...]]] = {
    "imdb": {},
    "mm-imdb": {},
    "tmdb": {
        "Science Fiction": ("Sci-Fi",),
        "TV Movie": (),
        "Foreign": (),
    },
    "tmdb-series": {
        "Action & Adventure": ("Action", "Adventure"),
        "Kids": ("Family",),
        "Reality": ("Reality-TV",),
        "Sci-Fi & Fantasy": ("Sci-Fi", "Fantasy"),
        "Soap": (),
        "Talk": ("Talk-Show",),
        "War & Politics": ("War",),
    },
    "movielens": {
        "Children": ("Family",),
        "Children's": ("Family",),
        "IMAX": (),
    },
    "tvdb": {
        "Anime": ("Animation",),
        "Awards Show": (),
        "Children": ("Family",),
        "Food": ("Documentary",),
        "Game Show": ("Game-Show",),
        "Home and Garden": ("Documentary",),
        "Indie": (),
        "Martial Arts": (),
        "Mini-Series": (),
        "Podcast": (),
        "Reality": ("Reality-TV",),
        "Science Fiction": ("Sci-Fi",),
        "Soap": (),
        "Suspense": ("Thriller",),
        "Talk Show": ("Talk-Show",),
        "Travel": ("Documentary",),
    },
}

# The IMDb names that a vocabulary uses with the same meaning.
_SHARED = {
    "imdb": IMDB,
    "mm-imdb": [
        name
        for name in IMDB
        if name not in ("Adult", "Game-Show", "News", "Reality-TV", "Talk-Show")
    ],
    "tmdb": [name for name in TMDB_FILM_IDS if name in IMDB],
    "tmdb-series": [name for name in TMDB_SERIES_IDS if name in IMDB],
    "movielens": (
        "Action Adventure Animation Comedy Crime Documentary Drama Fantasy Film-Noir Horror Musical"
        " Mystery Romance Sci-Fi Thriller War Western"
    ).split(),
    "tvdb": (
        "Action Adventure Animation Comedy Crime Documentary Drama Family Fantasy History Horror"
        " Musical Mystery News Romance Sport Thriller War Western"
    ).split(),
}

# vocabulary -> IMDb name -> its names, where that is not the reverse of the table above.
_FROM_IMDB: dict[str, dict[str, tuple[str, ...]]] = {
    "tmdb": {"Musical": ("Music",)},
    "tmdb-series": {"Family": ("Family",), "Game-Show": ("Reality",)},
    "movielens": {"Family": ("Children",)},
    "tvdb": {
        "Animation": ("Animation",),
        "Documentary": ("Documentary",),
        "Family": ("Family",),
        "Thriller": ("Thriller",),
    },
}

# Other spellings in use -> IMDb names.
_SYNONYMS = {
    "action/adventure": ("Action", "Adventure"),
    "animated": ("Animation",),
    "biographical": ("Biography",),
    "biopic": ("Biography",),
    "docu": ("Documentary",),
    "erotic": ("Adult",),
    "historical": ("History",),
    "musicals": ("Musical",),
    "neo noir": ("Film-Noir",),
    "noir": ("Film-Noir",),
    "romantic comedy": ("Romance", "Comedy"),
    "rom com": ("Romance", "Comedy"),
    "science fiction": ("Sci-Fi",),
    "scifi": ("Sci-Fi",),
    "sf": ("Sci-Fi",),
    "sports": ("Sport",),
    "sports film": ("Sport",),
}

VOCABULARIES: dict[str, tuple[str, ...]] = {
    name: tuple(sorted({*shared, *_TO_IMDB[name]})) for name, shared in _SHARED.items()
}


def to_imdb(name: str) -> tuple[str, ...] | None:
    """Return the IMDb names of a genre of any vocabulary, in any spelling.

    Returns:
        Possibly several, or none ("TV Movie" is no IMDb genre); None if no vocabulary knows it.

    """
    return _KNOWN.get(_key(name))


def from_imdb(name: str, vocabulary: str) -> tuple[str, ...]:
    """Return the names of an IMDb genre in a vocabulary; empty if it has none.

    Args:
        name: One of :data:`IMDB`.
        vocabulary: One of :data:`VOCABULARIES`.

    """
    special = _FROM_IMDB.get(vocabulary, {}).get(name)
    if special is not None:
        return special
    if name in _SHARED[vocabulary]:
        return (name,)
    return tuple(own for own, names in _TO_IMDB[vocabulary].items() if name in names)


def translate(name: str, vocabulary: str) -> tuple[str, ...]:
    """Return the names of a genre in another vocabulary; its own name if no vocabulary knows it."""
    canonical = to_imdb(name)
    if canonical is None:
        return (name,)
    if not canonical:  # such as "TV Movie"
        return (name,) if name in VOCABULARIES[vocabulary] else ()
    return tuple(dict.fromkeys(own for genre in canonical for own in from_imdb(genre, vocabulary)))


def genre_finder(known: Iterable[str]) -> Callable[[str], str | None]:
    """Return a function that finds a genre of a model, however it is spelt or called.

    Args:
        known: Genres of the model, in any vocabulary.

    Returns:
        A function from a name to the genre of ``known`` that it stands for, such as "Sci-Fi" for
        "science fiction"; None if there is none, or if the name stands for several, as "Sci-Fi &
        Fantasy" does.

    """
    by_key: dict[str, str] = {}
    by_meaning: dict[tuple[str, ...], str | None] = {}
    for genre in known:
        by_key.setdefault(_key(genre), genre)
        meaning = to_imdb(genre)
        if meaning and len(meaning) == 1:
            by_meaning[meaning] = None if meaning in by_meaning else genre

    def find(name: str) -> str | None:
        if (found := by_key.get(_key(name))) is not None:
            return found
        return by_meaning.get(to_imdb(name) or ())

    return find


def _key(name: str) -> str:
    """Return a key that all spellings of a name share, such as ``Sci-Fi`` and ``Sci Fi``."""
    return re.sub(r"[\s_–-]+", " ", name).strip().casefold()


_KNOWN: dict[str, tuple[str, ...]] = {
    **{
        key: names
        for table in _TO_IMDB.values()
        for own, names in table.items()
        for key in [_key(own)]
    },
    **_SYNONYMS,
    **{_key(name): (name,) for name in IMDB},
}

"""Frequencies of the combinations of genres of invented films."""

from random import Random

GENRES: tuple[str, ...] = (
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Drama",
    "Family",
    "Fantasy",
    "Horror",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)

# Relative frequencies of combinations of genres. As in real catalogues, most combinations contain
# Drama, Westerns and war films are rare, and few films have a single genre.
COMBINATIONS: tuple[tuple[float, str], ...] = (
    (6.0, "Drama"),
    (5.0, "Comedy"),
    (1.5, "Horror"),
    (1.0, "Western"),
    (0.8, "Action"),
    (6.5, "Drama Romance"),
    (5.0, "Comedy Drama"),
    (4.5, "Comedy Romance"),
    (3.5, "Crime Drama"),
    (3.5, "Horror Thriller"),
    (2.5, "Drama Thriller"),
    (2.5, "Action Thriller"),
    (2.5, "Drama War"),
    (2.0, "Drama Mystery"),
    (2.0, "Drama Family"),
    (2.0, "Horror Mystery"),
    (1.5, "Action Comedy"),
    (1.5, "Horror Sci-Fi"),
    (1.5, "Sci-Fi Thriller"),
    (1.5, "Drama Fantasy"),
    (1.5, "Comedy Horror"),
    (1.5, "Drama Sci-Fi"),
    (1.2, "Action Western"),
    (1.0, "Drama Western"),
    (1.0, "Comedy Family"),
    (0.8, "Adventure Western"),
    (4.5, "Comedy Drama Romance"),
    (4.0, "Crime Drama Thriller"),
    (3.5, "Animation Comedy Family"),
    (3.0, "Adventure Animation Family"),
    (3.0, "Action Crime Thriller"),
    (2.5, "Action Adventure Sci-Fi"),
    (2.5, "Crime Drama Mystery"),
    (2.0, "Drama Mystery Thriller"),
    (2.0, "Adventure Family Fantasy"),
    (2.0, "Action Adventure Fantasy"),
    (2.0, "Action Crime Drama"),
    (1.5, "Drama Romance War"),
    (1.5, "Animation Family Fantasy"),
    (1.5, "Horror Mystery Thriller"),
    (1.5, "Crime Mystery Thriller"),
    (1.5, "Action Drama War"),
    (1.5, "Action Sci-Fi Thriller"),
    (1.2, "Comedy Crime Romance"),
    (1.2, "Adventure Drama Romance"),
    (1.0, "Drama Fantasy Romance"),
    (1.0, "Adventure Comedy Family"),
    (1.0, "Adventure Drama War"),
    (0.8, "Animation Drama Sci-Fi"),
)
_WEIGHTS = [weight for weight, _ in COMBINATIONS]
_SETS = [tuple(genres.split()) for _, genres in COMBINATIONS]


def sample_genres(rng: Random) -> tuple[str, ...]:
    """Return the one to three true genres of a film, in the order of ``GENRES``."""
    return rng.choices(_SETS, _WEIGHTS)[0]


def mislabel(genres: tuple[str, ...], rng: Random, *, share: float = 0.04) -> tuple[str, ...]:
    """Return the genres with a few labelling errors, as catalogues have.

    Args:
        genres: True genres of the film.
        rng: Random number generator.
        share: Probability in [0, 1] that a true genre is missing, and that a wrong one is added.

    Returns:
        At least one genre, in the order of ``GENRES``.

    """
    kept = {g for g in genres if rng.random() >= share} or {genres[0]}
    if rng.random() < share:
        kept.add(rng.choice(GENRES))
    return tuple(g for g in GENRES if g in kept)

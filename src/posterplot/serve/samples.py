"""Films that were never made, to try the page with: drawn and written when they are asked for."""

import io
from functools import cache
from random import Random
from typing import NamedTuple

from posterplot.demo.art.film_poster import draw_poster
from posterplot.demo.direction import direct
from posterplot.demo.titles import write_title, write_words
from posterplot.demo.write_overviews import write_overview


class Sample(NamedTuple):
    """What a sample film says of itself."""

    title: str
    overview: str


# genres, year and the seed of all chance, chosen by looking at what comes of them
_MADE = (
    (("Horror", "Mystery"), 1978, 2),
    (("Western",), 1966, 7),
    (("Animation", "Comedy", "Family"), 2019, 0),
)
COUNT = len(_MADE)


@cache
def sample(number: int) -> Sample:
    """Return the words of a sample film, of ``range(COUNT)``."""
    genres, _, seed = _MADE[number]
    title = write_title(genres, Random(f"{seed}/title"))  # noqa: S311
    return Sample(title, write_overview(genres, Random(f"{seed}/overview")))  # noqa: S311


@cache
def sample_poster(number: int) -> bytes:
    """Draw the poster of a sample film, of ``range(COUNT)``; return a JPEG."""
    genres, year, seed = _MADE[number]
    chance = Random(f"{seed}/poster")  # noqa: S311
    brief = direct(genres, year, chance)
    poster = draw_poster(brief, write_words(sample(number).title, chance), chance)
    stream = io.BytesIO()
    poster.save(stream, "JPEG", quality=88)
    return stream.getvalue()

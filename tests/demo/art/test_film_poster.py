from random import Random

import pytest
from tests.demo.art.drawings import WORDS, brief

from posterplot.demo.art.canvas import POSTER_SIZE
from posterplot.demo.art.film_poster import Words, draw_poster
from posterplot.demo.art.lettering import LETTERINGS


@pytest.mark.parametrize("lettering", LETTERINGS)
def test_every_lettering_fits_the_sheet(lettering: str) -> None:
    long = Words("The Unfinished Lighthouse of Bartholomew Merriweather", "", "", ())
    assert draw_poster(brief(lettering=lettering), long, Random(2)).size == POSTER_SIZE


def test_the_same_random_state_draws_the_same_poster() -> None:
    one, two = (draw_poster(brief("horizon"), WORDS, Random(5)).tobytes() for _ in range(2))
    assert one == two
    assert one != draw_poster(brief("horizon"), WORDS, Random(6)).tobytes()

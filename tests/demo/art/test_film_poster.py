from random import Random

import numpy as np
import pytest
from PIL import Image

from posterplot.demo.art.brief import EMBLEMS, LANDMARKS, PEOPLE, Brief
from posterplot.demo.art.canvas import POSTER_SIZE
from posterplot.demo.art.film_poster import COMPOSITIONS, Words, draw_poster
from posterplot.demo.art.lettering import LETTERINGS
from posterplot.demo.art.palettes import mix_palette

WORDS = Words("The Clock of Ada", "Look again.", "Ada Wick", ("A PICTURE", "BY ADA WICK"))


def brief(composition: str = "emblem", lettering: str = "airy", year: int = 2000) -> Brief:
    palette = mix_palette("noir", year, Random(0))
    return Brief(composition, palette, "castle", "stranger", "key", lettering, year)


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_every_composition_draws_a_picture_of_the_right_size(composition: str) -> None:
    poster = draw_poster(brief(composition), WORDS, Random(1))
    assert (poster.mode, poster.size) == ("RGB", POSTER_SIZE)
    assert np.asarray(poster.convert("L")).std() > 8


@pytest.mark.parametrize("lettering", LETTERINGS)
def test_every_lettering_fits_the_sheet(lettering: str) -> None:
    long = Words("The Unfinished Lighthouse of Bartholomew Merriweather", "", "", ())
    assert draw_poster(brief(lettering=lettering), long, Random(2)).size == POSTER_SIZE


def test_the_same_random_state_draws_the_same_poster() -> None:
    one, two = (draw_poster(brief("horizon"), WORDS, Random(5)).tobytes() for _ in range(2))
    assert one == two
    assert one != draw_poster(brief("horizon"), WORDS, Random(6)).tobytes()


@pytest.mark.parametrize("name", [*PEOPLE, *LANDMARKS, *EMBLEMS])
def test_every_motif_is_drawn_at_its_position(name: str) -> None:
    sheet = Image.new("RGB", (400, 400), "white")
    motif = (PEOPLE | LANDMARKS | EMBLEMS)[name]
    motif(sheet, 200, 350, 200, (0, 0, 0), (200, 0, 0), Random(0))
    drawn = np.asarray(sheet).min(axis=2) < 250
    assert 1200 < drawn.sum() < 0.7 * drawn.size
    assert drawn[150:350, 100:300].sum() > 0.5 * drawn.sum() or name == "skyline"

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from posterplot.explain.explanation import Explanation, FilmExplanation, ModalityShare
from posterplot.explain.render.overlays import draw_overlays, location_text, scale, scale_text

POSTER = Image.new("RGB", (60, 90), (90, 90, 90))


def _explanation(genre, peak, share, method="evidence"):
    scores = np.zeros((3, 2), np.float32)
    scores[0, 0] = peak
    return Explanation(
        genre=genre,
        probability=0.5,
        threshold=0.4,
        decided=True,
        poster=scores,
        words=None,
        share=ModalityShare(0.0, share, 1.0),
        poster_method=method,
        overview_method=None,
    )


def _film(*explanations):
    return FilmExplanation("a", "A", None, ("poster",), (), {}, explanations)


def _lightest(image):
    return int(np.asarray(image.convert("L")).max())


def test_all_genres_of_a_film_have_one_scale():
    strong, weak = _explanation("Strong", 2.0, 1.5), _explanation("Weak", 0.1, 0.3)
    film = _film(strong, weak)
    assert scale(film, strong) == scale(film, weak) == 2.0
    assert scale_text(film, weak) == "+2"
    drawn = draw_overlays(film, POSTER)
    assert _lightest(drawn["Strong"]) > 2 * _lightest(drawn["Weak"])


@pytest.mark.parametrize("share", [0.05, -0.05])
def test_the_heat_of_a_poster_with_hardly_any_influence_is_faint(share):
    """Also if it is the only genre explained, whose largest score is its own."""
    hardly, matters = _explanation("Drama", 0.01, share), _explanation("Drama", 0.01, 1.0)
    assert location_text(hardly) == "The poster had hardly any influence on this genre."
    assert location_text(matters).startswith("Raised the score most: top left")
    faint, bright = (draw_overlays(_film(e), POSTER)["Drama"] for e in (hardly, matters))
    assert _lightest(faint) < 0.75 * _lightest(bright)


def test_nothing_raised_the_score():
    e = replace(_explanation("Drama", 0.0, -1.0), poster=-np.ones((3, 2), np.float32))
    assert location_text(e) == "No part of the poster raised the score."
    assert draw_overlays(_film(e), None) == {}

import numpy as np
import pytest
from PIL import Image

from posterplot.explain.explanation import Explanation, FilmExplanation, ModalityShare, Word
from posterplot.explain.render.film_page import IndexEntry, film_page, index_page
from posterplot.explain.render.overlays import draw_overlays
from tests.browser import check_page

POSTER = Image.new("RGB", (400, 600), (200, 120, 30))
TEXT = "A wolf with a remarkably-long-and-unbroken-name sings to the whole valley."


@pytest.mark.parametrize("method", ["evidence", "attention"])
def test_the_page_of_a_film_is_accessible(chromium, tmp_path, method):
    heat = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)
    why = Explanation(
        genre="Drama",
        probability=0.81,
        threshold=0.25,
        decided=True,
        poster=heat,
        words=(Word(2, 6, 0.9), Word(14, 47, -0.8), Word(48, 53, 0.5), Word(60, 65, -0.3)),
        share=ModalityShare(-1.0, 0.5, -0.25),
        poster_method=method,
        overview_method=method,
    )
    film = FilmExplanation(
        id="f1",
        title="A Title",
        text=TEXT,
        modalities=("poster", "overview"),
        genres=("Drama",),
        without={"poster": ("Drama",), "overview": ()},
        explanations=(why,),
    )
    path = tmp_path / "film.html"
    path.write_text(film_page(film, POSTER, draw_overlays(film, POSTER)), "utf-8")
    check_page(chromium, path)


def test_the_index_is_accessible(chromium, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(index_page([IndexEntry("f1", "A Title", ("Drama",))]), "utf-8")
    check_page(chromium, path)

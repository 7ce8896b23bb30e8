import numpy as np
from tests.conftest import poster_bytes

from posterplot.dataset.poster_images import decode_poster
from posterplot.explain.explanation import Explanation, FilmExplanation, ModalityShare, Word
from posterplot.films import Film
from posterplot.report.findings.gallery import make_card

POSTER = decode_poster(poster_bytes(("Drama",), 1))
FILM = Film("x1", "A <b>Title</b>", 1999, "A wolf sings.", ("Drama",), poster_bytes(("Drama",), 1))


def _explanation(**changes):
    fields = {
        "genre": "Action",
        "probability": 0.03,
        "threshold": 0.4,
        "decided": False,
        "poster": np.array([[0.0, 0.0], [0.0, 2.0]], np.float32),
        "words": (Word(2, 6, 1.0), Word(7, 12, -0.9)),
        "share": ModalityShare(-2.0, 0.5, -1.25),
        "poster_method": "evidence",
        "overview_method": "occlusion",
    }
    return FilmExplanation(
        id="x1",
        title=FILM.title,
        text="A wolf sings.",
        modalities=("poster", "overview"),
        genres=("Drama",),
        without={},
        explanations=(Explanation(**fields | changes),),
    )


def test_a_card_explains_its_label():
    card = make_card(FILM, _explanation(), POSTER, "mistake")
    assert card.title == "A <b>Title</b> (1999)"
    assert card.sentences == (
        "Action was predicted with 3.0 % and is not a label.",
        "Predicted: Drama. Labels: Drama.",
        "Effect on the score (log-odds): poster +0.5, overview −1.2.",
        "Raised it most: “wolf”.",
    )
    assert card.poster != card.overlay
    assert card.height == 240  # 160 pixels wide, of 40 × 60
    assert "bottom right" in card.alt
    assert [(p.text, p.level) for p in card.text if p.level] == [("wolf", 3), ("sings", -3)]
    assert card.methods == ("evidence", "occlusion")


def test_an_improbable_label_lists_the_words_that_lowered_it():
    card = make_card(
        FILM, _explanation(share=ModalityShare(-2.0, 0.05, -1.0)), POSTER, "improbable"
    )
    assert "Lowered it most: “sings”." in card.sentences
    assert card.sentences[-1] == "The poster had hardly any influence."


def test_a_very_high_poster_fits_into_a_picture():
    card = make_card(FILM, _explanation(), POSTER.resize((16, 2000)), "mistake")
    assert card.poster
    assert card.height == 640


def test_a_film_without_a_poster():
    film = Film("x1", "", None, "A wolf sings.", ())
    card = make_card(film, _explanation(), None, "missing")
    assert card.title == "x1"
    assert card.poster is card.overlay is None
    assert card.text

import numpy as np
import pytest
from tests.conftest import poster_bytes

from posterplot.explain.explanation import Explanation, FilmExplanation, ModalityShare, Word
from posterplot.films import Film
from posterplot.report.findings.gallery import make_card

FILM = Film("x1", "A <b>Title</b>", 1999, "A wolf sings.", ("Drama",), poster_bytes(("Drama",), 1))


def _told(**changes):
    why = {
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
        explanations=(Explanation(**why | changes),),
    )


def test_a_card_tells_why():
    card = make_card(FILM, _told(), "mistake")
    assert card.title == "A <b>Title</b> (1999)"
    assert card.said == (
        "Action, says the model with 3.0 %; the label says not.",
        "Decided: Drama. Labelled: Drama.",
        "The poster moved it by +0.5 logits, the overview by -1.2.",
        "Most for it: “wolf”.",
    )
    assert card.poster != card.heated
    assert card.height == 240  # 160 pixels wide, of 40 × 60
    assert "bottom right" in card.alt
    assert [(p.text, p.level) for p in card.text if p.level] == [("wolf", 3), ("sings", -3)]
    assert card.methods == ("evidence", "occlusion")


def test_of_a_doubtful_label_what_speaks_against_it_is_told():
    card = make_card(FILM, _told(poster=-np.ones((2, 2), np.float32)), "improbable")
    assert "Most against it: “sings”." in card.said
    assert card.said[-1] == "Nothing on the poster spoke for it."


@pytest.mark.parametrize("poster", [None, b"not an image"])
def test_a_film_whose_poster_cannot_be_shown(poster):
    film = Film("x1", "", None, "A wolf sings.", (), poster)
    card = make_card(film, _told(), "missing")
    assert card.title == "x1"
    assert card.poster is card.heated is None
    assert card.text

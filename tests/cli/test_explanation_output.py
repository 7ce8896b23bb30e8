import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from posterplot.cli.explanation_output import print_explanation
from posterplot.explain.explanation import Explanation, FilmExplanation, ModalityShare, Word

HEAT = np.zeros((3, 3), np.float32)
HEAT[0, 0] = 1.0
DRAMA = Explanation(
    genre="Drama",
    probability=0.8125,
    threshold=0.25,
    decided=True,
    poster=HEAT,
    words=(Word(0, 1, 0.0), Word(2, 5, 2.0)),
    share=ModalityShare(-1.0, -0.5, 2.0),
    poster_method="evidence",
    overview_method="attention",
)
FILM = FilmExplanation(
    id="a",
    title="Salt\x1b[31m",
    text="A gun",
    modalities=("poster", "overview"),
    genres=("Drama", "War"),
    without={"poster": ("Drama",), "overview": ()},
    explanations=(DRAMA,),
)


def printed(film: FilmExplanation) -> list[str]:
    stream = io.StringIO()
    print_explanation(film, Console(file=stream, width=100))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_both_inputs():
    first, without_poster, without_overview, gap, drama, effect, poster, words, text = printed(FILM)
    assert first.startswith("Salt")
    assert first.endswith(": Drama, War")
    assert "\x1b" not in first
    assert without_poster == "without the poster: Drama"
    assert without_overview == "without the overview: no genre reaches its threshold"
    assert gap == ""
    assert drama == "● Drama 81 %: predicted (threshold 25 %)"
    assert effect.startswith("  Effect on the score (log-odds): poster ")
    assert effect.index("0.5") < effect.index("overview") < effect.index("2.0")
    assert poster.startswith("  Poster (evidence): ")
    assert words == "  Words of the overview (attention):"
    assert text.startswith("    A gun")


def test_one_input_has_no_shares_and_a_genre_below_its_threshold_says_so():
    below = replace(
        DRAMA, decided=False, threshold=0.9, poster=None, poster_method=None, genre="War"
    )
    film = replace(FILM, modalities=("title",), without={}, genres=(), explanations=(below,))
    lines = printed(film)
    assert lines[0].endswith(": no genre reaches its threshold")
    assert lines[2:4] == [
        "○ War 81 %: not predicted (threshold 90 %)",
        "  Words of the title (attention):",
    ]


@pytest.mark.parametrize(("familiar", "lines"), [(True, 0), (None, 0), (False, 1)])
def test_an_unfamiliar_film_is_said_to_be_one(familiar, lines):
    notes = [line for line in printed(replace(FILM, familiar=familiar)) if "This film is" in line]
    assert len(notes) == lines

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from posterplot.explain.explanation import Word
from posterplot.explain.render.marked_text import pieces, terminal, top_words

TEXT = "A gun, a kiss."
WORDS = (Word(0, 1, 0.1), Word(2, 5, -4.0), Word(5, 6, 3.0), Word(7, 8, 1.0), Word(9, 13, 2.5))


def test_levels_by_hand():
    assert [(p.text, p.level) for p in pieces(TEXT, WORDS)] == [
        ("A", 0),
        (" ", 0),
        ("gun", -3),
        (",", 3),
        (" ", 0),
        ("a", 1),
        (" ", 0),
        ("kiss", 2),
        (".", 0),
    ]


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(-1e3, 1e3)), max_size=8), st.text())
def test_pieces_are_the_text(lengths, between):
    text, words = between, []
    for length, score in lengths:
        words.append(Word(len(text), len(text) + length, score))
        text += "x" * length + between
    cut = list(pieces(text, words))
    assert "".join(p.text for p in cut) == text
    assert all(-3 <= p.level <= 3 for p in cut)


def test_words_without_effect_are_unmarked():
    assert {p.level for p in pieces("ab", [Word(0, 1, 0.0), Word(1, 2, 0.0)])} == {0}


def test_top_words():
    assert top_words(TEXT, WORDS, sign=1) == ("kiss",)  # "a" is a stop word
    assert top_words(TEXT, WORDS, sign=-1) == ("gun",)
    assert top_words(TEXT, WORDS, sign=1, count=1) == ("kiss",)


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", "\\[x]", ":smile:"])
def test_the_terminal_shows_the_text(text):
    stream = io.StringIO()
    console = Console(file=stream, width=80)
    console.print(terminal(text, [Word(0, 1, 1.0)]))
    assert stream.getvalue().rstrip("\n") == text


def test_raised_and_lowered_words_differ_without_colour():
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True, no_color=True)
    console.print(terminal(TEXT, WORDS))
    assert "\x1b[1;4mkiss" not in stream.getvalue()
    assert "\x1b[4mkiss" in stream.getvalue()
    assert "\x1b[1;3mgun" in stream.getvalue()

"""Mark scored words in a text, for pages and terminals."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from posterplot.dataset.stop_words import STOP_WORDS
from posterplot.explain.explanation import Word

LEVELS = 3  # levels of strength; 0 is unmarked

_STYLES = {
    3: "bold underline green",
    2: "underline green",
    1: "green",
    -1: "red",
    -2: "italic red",
    -3: "bold italic red",
}


class Piece(NamedTuple):
    """A part of a text.

    Attributes:
        text: Text of this stretch.
        level: How strongly it raised or lowered the score, in [-3, 3]; 0 between words and for
            words of little effect.
        score: Score of the word; 0 between words.

    """

    text: str
    level: int
    score: float


def pieces(text: str, words: Sequence[Word]) -> Iterator[Piece]:
    """Split a text into its words and the text between them, without losing a character.

    The level of a word depends on its score relative to the largest absolute score of the text:
    0 below a quarter, then one level for each quarter.

    Args:
        text: Text that the words point into.
        words: Words in the order of the text.

    """
    largest = max((abs(word.score) for word in words), default=0.0) or 1.0
    at = 0
    for word in words:
        if at < word.start:
            yield Piece(text[at : word.start], 0, 0.0)
        level = min(LEVELS, int((LEVELS + 1) * abs(word.score) / largest))
        level = -level if word.score < 0 else level
        yield Piece(text[word.start : word.end], level, word.score)
        at = word.end
    if at < len(text):
        yield Piece(text[at:], 0, 0.0)


def top_words(text: str, words: Sequence[Word], *, sign: int, count: int = 5) -> tuple[str, ...]:
    """Return the distinct words that raised (``sign`` 1) or lowered (-1) the score most.

    Only words that :func:`pieces` marks are returned, and no English stop words or punctuation.
    """
    marked = [
        p
        for p in pieces(text, words)
        if p.level * sign > 0
        and p.text[:1].isalnum()
        and p.text.casefold().replace("’", "'") not in STOP_WORDS
    ]
    marked.sort(key=lambda piece: -abs(piece.score))
    return tuple(dict.fromkeys(piece.text for piece in marked))[:count]


def terminal(text: str, words: Sequence[Word]) -> Text:
    """Mark words for a terminal: underlined green if they raised the score, italic red if not."""
    return Text.assemble(*((p.text, _STYLES.get(p.level, "")) for p in pieces(text, words)))

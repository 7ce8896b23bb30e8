"""Scored words -> a text in pieces, each with how strongly it speaks: for pages and terminals."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from posterplot.explain.explanation import Word

LEVELS = 3  # of strength, beside saying nothing worth a mark

_STYLES = {
    3: "bold underline green",
    2: "underline green",
    1: "green",
    -1: "red",
    -2: "italic red",
    -3: "bold italic red",
}


class Piece(NamedTuple):
    """A stretch of text.

    Attributes:
        text: as it stands.
        level: in [-3, 3]: how strongly it speaks for the genre, or against it; 0 between words,
            and for words that say little.
        score: of the word; 0 between words.

    """

    text: str
    level: int
    score: float


def pieces(text: str, words: Sequence[Word]) -> Iterator[Piece]:
    """Cut a text into its words and what stands between them; together they are the text.

    Words are graded by their share of the largest score, for or against, of this text: below a
    quarter nothing, then a level every quarter.

    Args:
        text: that the spans point into.
        words: in its order.

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


def most(text: str, words: Sequence[Word], *, sign: int, count: int = 5) -> tuple[str, ...]:
    """Return the words that speak most for (``sign`` 1) or against (-1) a genre, each once.

    Only such as :func:`pieces` would mark.
    """
    marked = [p for p in pieces(text, words) if p.level * sign > 0 and p.text[:1].isalnum()]
    marked.sort(key=lambda piece: -abs(piece.score))
    return tuple(dict.fromkeys(piece.text for piece in marked))[:count]


def terminal(text: str, words: Sequence[Word]) -> Text:
    """Mark words for a terminal: underlined and green for the genre, italic and red against it."""
    return Text.assemble(*((p.text, _STYLES.get(p.level, "")) for p in pieces(text, words)))

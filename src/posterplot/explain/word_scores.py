"""Group token scores into the words of the text that the model read."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from posterplot.explain.explanation import Word

# don't and Spider-Man are one word each, although tokenizers split them. A search starts at the
# beginnings of words only: from each letter, it would take quadratic time.
_JOINED = re.compile(r"(?<!\w)\w++(?:['’‐-]\w++)+")


class Span(NamedTuple):
    """The character range of a word, half open, and the indices of its tokens."""

    start: int
    end: int
    tokens: tuple[int, ...]


def word_spans(encoding: Encoding, text: str) -> tuple[list[Span], str]:
    """Group the tokens of a text into words.

    Tokens belong to one word if the tokenizer says so, or if they form a contraction or compound.
    Special tokens and white space belong to no word.

    Args:
        encoding: Encoding of the text, perhaps truncated; its offsets point into the original text.
        text: Text that was tokenised.

    Returns:
        Words in the order of the text, which do not overlap, and the text as far as it was read.

    """
    joined = iter([match.span() for match in _JOINED.finditer(text)])
    start, end = next(joined, (len(text), len(text)))
    spans: list[Span] = []
    last: int | None = None  # the tokenizer's word index of the previous token
    for token, ((left, right), word) in enumerate(
        zip(encoding.offsets, encoding.word_ids, strict=True)
    ):
        piece = text[left:right]
        left, right = left + len(piece) - len(piece.lstrip()), left + len(piece.rstrip())
        if encoding.special_tokens_mask[token] or left >= right:
            continue
        while end <= left:
            start, end = next(joined, (len(text), len(text)))
        if start < right:  # inside a contraction or compound
            left, right = min(left, start), max(right, end)
        touches = bool(spans) and left <= spans[-1].end
        if touches and (left < spans[-1].end or (word is not None and word == last)):
            before = spans.pop()
            left, right = min(before.start, left), max(before.end, right)
            spans.append(Span(left, right, (*before.tokens, token)))
        else:
            spans.append(Span(left, right, (token,)))
        last = word
    read = text[: spans[-1].end] if encoding.overflowing and spans else text
    return spans, read


def score_words(spans: Sequence[Span], scores: NDArray[np.float32]) -> tuple[Word, ...]:
    """Sum the ``(T,)`` scores of tokens over words."""
    return tuple(
        Word(span.start, span.end, float(scores[list(span.tokens)].sum(dtype=np.float64)))
        for span in spans
    )

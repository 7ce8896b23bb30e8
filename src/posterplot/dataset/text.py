"""Clean the overviews of catalogues."""

import html
import re

from posterplot.catalogue.placeholders import is_placeholder
from posterplot.films import Film
from posterplot.normalisation import normalized

# Matches only tags and comments, so that "a < b" and "<3" stay.
_TAG = re.compile(r"<[/!]?[a-zA-Z-][^<>]*>")

# Control characters and lone surrogates, which UTF-8 cannot encode. The invisible marks that
# right-to-left scripts and joined emoji need are kept.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# The longest plots of encyclopaedias have some 20,000 characters. Models read a few hundred words.
MAX_CHARACTERS = 100_000

# Catalogues escape once, some twice. Unescaping without a limit would take quadratic time.
_MAX_ROUNDS = 8
_MARKUP = str.maketrans("&<", "  ")


def clean_overview(text: str | None) -> str | None:
    """Clean an overview. The function is idempotent.

    Args:
        text: Overview as the catalogue has it.

    Returns:
        NFC text without HTML tags, entities and control characters, white space collapsed, and
        without what follows the first ``MAX_CHARACTERS`` and the first 30 of successive combining
        marks; None if nothing is left or it is a placeholder such as "N/A" or "Add a Plot".
    """
    if text is None:
        return None
    text = text[:MAX_CHARACTERS]
    for _ in range(_MAX_ROUNDS):
        before, text = text, _clean_once(text)
        if text == before:
            break
    else:
        text = " ".join(text.translate(_MARKUP).split())
    text = text[:MAX_CHARACTERS].rstrip()  # normalisation can turn one character into two
    return None if is_placeholder(text) else text


def placeholder_reason(overview: str) -> str:
    """Return why an overview that :func:`clean_overview` makes empty cannot be used."""
    return f"overview says nothing: {overview[:80]!r}"


def overview_text(film: Film, *, title: bool) -> str | None:
    """Return the text of a film that an overview model reads.

    Args:
        film: A film of any catalogue.
        title: Whether to put the title before the overview, as its first sentence.

    Returns:
        Clean text; None if the film has no overview, whatever its title.

    """
    overview = clean_overview(film.overview)
    named = clean_overview(film.title) if title and overview else None
    return f"{named}. {overview}" if named else overview


def title_text(film: Film) -> str | None:
    """Return the title as a text to read instead of an overview; None if it is empty."""
    named = clean_overview(film.title)
    return f"{named}." if named else None


def _clean_once(text: str) -> str:
    """Undo one level of escaping; the result may contain further tags or entities."""
    # Tags before and after entities are removed: catalogues hold both "<b>" and "&lt;b&gt;".
    text = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text)))
    text = normalized("NFC", _CONTROL.sub(" ", text))
    return " ".join(text.split())

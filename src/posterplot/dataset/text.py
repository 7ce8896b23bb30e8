"""An overview as catalogues have it -> clean text, or None where there is none."""

import html
import re
import unicodedata

# Only what looks like a tag or a comment, so that "a < b" and "<3" stay.
_TAG = re.compile(r"<[/!]?[a-zA-Z-][^<>]*>")

# Control characters, and halves of a character pair, which no file can hold. The invisible marks
# that right-to-left scripts and joined emoji need are neither.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# What catalogues write where they know nothing; compared without case, brackets and final marks.
_PLACEHOLDERS = frozenset(
    {
        *("n/a", "na", "none", "null", "nan", "unknown", "tba", "tbd", "-", "--", "?"),
        *("add a plot", "plot unknown", "the plot is unknown", "coming soon"),
        *("plot kept under wraps", "plot under wraps", "overview not available"),
        *(
            f"no {thing}{rest}"
            for thing in ("overview", "plot", "plot summary", "summary", "synopsis", "description")
            for rest in ("", " found", " available", " yet")
        ),
        "we don't have an overview translated in english",
    }
)


def clean_overview(text: str | None) -> str | None:
    """Clean an overview.

    Args:
        text: as the catalogue has it.

    Returns:
        NFC text without HTML tags, entities and control characters, white space collapsed; None
        if nothing is left or it is a placeholder such as "N/A" or "Add a Plot".
    """
    if text is None:
        return None
    # Tags before and after the entities: catalogues hold both "<b>" and "&lt;b&gt;".
    text = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text)))
    text = unicodedata.normalize("NFC", _CONTROL.sub(" ", text))
    text = " ".join(text.split())
    bare = text.casefold().strip(" .!…()[]")
    return None if not bare or bare in _PLACEHOLDERS else text

"""Recognise placeholders that catalogues write in place of a missing overview."""

import re

# Compared without case, brackets and punctuation at the end.
_PLACEHOLDERS = frozenset(
    {
        *("n/a", "na", "none", "null", "nan", "unknown", "tba", "tbd", "-", "--", "?", "\\n"),
        *("add a plot", "plot unknown", "the plot is unknown", "coming soon"),
        *("plot kept under wraps", "plot under wraps", "overview not available"),
        *(
            f"no {thing}{rest}"
            for thing in ("overview", "plot", "plot summary", "summary", "synopsis", "description")
            for rest in ("", " found", " available", " yet")
        ),
    }
)
# TMDB's text for a missing translation; the language and a request for help follow.
_UNTRANSLATED = re.compile(r"we don['’]t have an? (?:overview|biography) translated in ")
# At most one word, in scripts with spaces between words. Chinese, Japanese and Thai, whose letters
# start at U+0E00, write a whole overview without spaces.
_LETTERS = r"[^\W\d_\u0e00-\U0010ffff]+"
_ONE_WORD = re.compile(rf"[\W\d_]*(?:{_LETTERS}(?:['’-]{_LETTERS})*)?[\W\d_]*")
_MAX_UNTRANSLATED_CHARS = 150  # length of the longest placeholder
_MAX_WORD_CHARS = 40  # longer texts are not checked


def is_placeholder(text: str) -> bool:
    """Return whether a text only says that there is none: ``N/A``, ``No overview found.``."""
    if len(text) <= _MAX_UNTRANSLATED_CHARS and _UNTRANSLATED.match(text.casefold()):
        return True
    bare = text.casefold().strip(" .!…()[]")
    return not bare or bare in _PLACEHOLDERS


def says_nothing(overview: str) -> bool:
    r"""Return whether an overview is a placeholder or a single word.

    >>> says_nothing("No overview found."), says_nothing("Drama"), says_nothing("A cook sails.")
    (True, True, False)
    """
    if len(overview) > _MAX_UNTRANSLATED_CHARS:
        return False
    return is_placeholder(overview) or bool(
        len(overview) < _MAX_WORD_CHARS and _ONE_WORD.fullmatch(overview)
    )

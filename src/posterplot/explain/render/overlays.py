"""The poster of a film with the heat of each explained genre, on one scale for all genres."""

from PIL import Image

from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.render.heatmap import overlay, whereabouts
from posterplot.wording import percent

# An input that moves a logit by less has hardly any influence: a probability of 50 % would change
# by 2.5 percentage points.
HARDLY = 0.1
# The hottest part of a poster with hardly any influence reaches this much of the scale.
_FAINT = 0.3


def hardly_any(share: float) -> bool:
    """Return whether an input that moves a logit by this much has hardly any influence."""
    return abs(share) < HARDLY


def draw_overlays(film: FilmExplanation, poster: Image.Image | None) -> dict[str, Image.Image]:
    """Draw the poster with its heat once for each genre that has poster scores.

    Args:
        film: explained.
        poster: RGB; None without one.

    Returns:
        Genre -> RGB.

    """
    if poster is None:
        return {}
    return {
        e.genre: overlay(poster, e.poster, scale(film, e))
        for e in film.explanations
        if e.poster is not None
    }


def scale(film: FilmExplanation, explanation: Explanation) -> float:
    """Return the score that the lightest colour stands for.

    It is the largest score over all explained genres of the film, so that colours can be compared.
    If the poster has hardly any influence on the genre, the scale is so large that it stays faint.
    """
    own = _peak(explanation)
    largest = max([own, *(_peak(e) for e in film.explanations)])
    return max(largest, own / _FAINT) if hardly_any(explanation.share.poster) else largest


def scale_text(film: FilmExplanation, explanation: Explanation) -> str:
    """Say what the lightest colour stands for: a score, or a share of the attention."""
    if explanation.poster is None:
        return ""
    largest = scale(film, explanation)
    if explanation.poster_method == "attention":
        return f"{percent(largest)} of the attention"
    return f"+{largest:.2g}"


def place_text(explanation: Explanation) -> str:
    """Say where the poster raised the score of the genre."""
    if explanation.poster is None:
        return ""
    where = whereabouts(explanation.poster)
    if hardly_any(explanation.share.poster):
        return "The poster had hardly any influence on this genre."
    if where == "nowhere":
        return "No part of the poster raised the score."
    if explanation.poster_method == "attention":
        return f"Most attention: {where}."
    return f"Raised the score most: {where}."


def _peak(explanation: Explanation) -> float:
    return 0.0 if explanation.poster is None else max(0.0, float(explanation.poster.max()))

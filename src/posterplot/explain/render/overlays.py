"""Draw heatmaps over the poster of a film, with one scale for all explained genres."""

from PIL import Image

from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.render.heatmap import overlay, whereabouts
from posterplot.wording import percent

# An input with a smaller contribution to a logit has hardly any influence: it would change a
# probability of 50 % by less than 2.5 percentage points.
MIN_INFLUENCE = 0.1
# If the poster has hardly any influence, its hottest part reaches this share of the scale.
_FAINT_SCALE = 0.3


def has_hardly_any_influence(share: float) -> bool:
    """Return whether an input that moves a logit by this much has hardly any influence."""
    return abs(share) < MIN_INFLUENCE


def draw_overlays(film: FilmExplanation, poster: Image.Image | None) -> dict[str, Image.Image]:
    """Draw the heatmap of each genre that has poster scores over the poster.

    Args:
        film: Explanation of the film.
        poster: Poster in RGB; None without one.

    Returns:
        Genre -> image in RGB.

    """
    if poster is None:
        return {}
    return {
        e.genre: overlay(poster, e.poster, scale(film, e))
        for e in film.explanations
        if e.poster is not None
    }


def scale(film: FilmExplanation, explanation: Explanation) -> float:
    """Return the score that has the lightest colour.

    It is the largest score over all explained genres of the film, so that colours can be compared.
    If the poster has hardly any influence on the genre, the scale is so large that it stays faint.
    """
    own = _peak(explanation)
    largest = max([own, *(_peak(e) for e in film.explanations)])
    return (
        max(largest, own / _FAINT_SCALE)
        if has_hardly_any_influence(explanation.share.poster)
        else largest
    )


def scale_text(film: FilmExplanation, explanation: Explanation) -> str:
    """Describe the lightest colour: a score, or a share of the attention."""
    if explanation.poster is None:
        return ""
    largest = scale(film, explanation)
    if explanation.poster_method == "attention":
        return f"{percent(largest)} of the attention"
    return f"+{largest:.2g}"


def location_text(explanation: Explanation) -> str:
    """Return a sentence on where the poster raised the score of the genre."""
    if explanation.poster is None:
        return ""
    where = whereabouts(explanation.poster)
    if has_hardly_any_influence(explanation.share.poster):
        return "The poster had hardly any influence on this genre."
    if where == "nowhere":
        return "No part of the poster raised the score."
    if explanation.poster_method == "attention":
        return f"Most attention: {where}."
    return f"Raised the score most: {where}."


def _peak(explanation: Explanation) -> float:
    return 0.0 if explanation.poster is None else max(0.0, float(explanation.poster.max()))

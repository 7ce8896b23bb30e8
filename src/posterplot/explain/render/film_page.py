"""Render explanations as HTML pages: one file per film, and an index."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment
from PIL import Image

from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.methods.scores import Method
from posterplot.explain.render.heatmap import displayed, whereabouts
from posterplot.explain.render.marked_text import pieces, top_words
from posterplot.explain.render.overlays import location_text, scale_text
from posterplot.films import Modality
from posterplot.inference.familiarity import UNFAMILIAR
from posterplot.pages import image_uri, page_templates
from posterplot.wording import percent, signed


class IndexEntry(NamedTuple):
    """A film in the index.

    Attributes:
        folder: Folder of the film, beside the index.
        name: Name of the film.
        genres: Predicted genres.
        poster: File name of a small poster in the folder; None without one.

    """

    folder: str
    name: str
    genres: tuple[str, ...]
    poster: str | None = None


def film_page(
    film: FilmExplanation,
    poster: Image.Image | None,
    overlays: Mapping[str, Image.Image],
    *,
    index: str | None = None,
) -> str:
    """Return the HTML page of a film, with its styles and images embedded.

    Args:
        film: Explanation of the film. Titles, texts and genres are escaped.
        poster: Poster in RGB; None without one.
        overlays: Genre -> poster with its heatmap, from
            :func:`~posterplot.explain.render.overlays.draw_overlays`.
        index: Address of the index to link back to; None without one.

    """
    explanations = film.explanations
    shares = [abs(share) for e in explanations for share in (e.share.poster, e.share.overview)]
    template = _environment().get_template("film_page.html.jinja")
    return template.render(
        film=film,
        name=shown_name(film.title, film.id),
        unfamiliar=UNFAMILIAR,
        index=index,
        poster=None if poster is None else image_uri(displayed(poster)),
        genres=[_genre(film, e, overlays.get(e.genre)) for e in explanations],
        largest=max([1e-6, *shares]),
        negative=any(w.score < 0 for e in explanations for w in e.words or ()),
        attention=any("attention" in (e.poster_method, e.overview_method) for e in explanations),
        attended=any(e.overview_method == "attention" for e in explanations),
    )


def index_page(films: Sequence[IndexEntry]) -> str:
    """Return the page that links to films, in order."""
    return _environment().get_template("index.html.jinja").render(films=films)


def shown_name(title: str, film_id: str) -> str:
    """Return the displayed name of a film."""
    return title.strip() or film_id.strip() or "This film"


def _genre(film: FilmExplanation, e: Explanation, overlay: Image.Image | None) -> dict[str, Any]:
    """Return the values that the template shows for a genre."""
    shown: dict[str, Any] = {
        "explanation": e,
        # the contribution of a title counts as that of the overview
        "shares": {
            m: e.share.poster if m == "poster" else e.share.overview for m in film.modalities
        },
        "overlay": None,
        "pieces": None,
    }
    if overlay is not None and e.poster is not None:
        shown["overlay"] = image_uri(overlay)
        shown["most"] = scale_text(film, e)
        shown["location"] = location_text(e)
        shown["alt"] = f"The poster with its heatmap for {e.genre}: {whereabouts(e.poster)}."
    if e.words is not None and film.text is not None:
        shown["pieces"] = list(pieces(film.text, e.words))
        shown["summary"] = _words_summary(film.text, e)
    return shown


def _words_summary(text: str, e: Explanation) -> str:
    """Name the words that raised or lowered the score most."""
    words = e.words or ()
    raised, lowered = top_words(text, words, sign=1), top_words(text, words, sign=-1)
    if e.overview_method == "attention":
        return f"Most attention: {', '.join(raised)}." if raised else ""
    sentences = [f"Raised the score most: {', '.join(raised)}."] if raised else []
    sentences += [f"Lowered it: {', '.join(lowered)}."] if lowered else []
    return " ".join(sentences)


def _heading(method: Method, modality: Modality) -> str:
    if method == "attention":
        return f"Attention on the {modality}"
    return "Poster" if modality == "poster" else "Words that mattered"


def _listed(genres: Sequence[str]) -> str:
    return ", ".join(genres) or "no genre"


@cache
def _environment() -> Environment:
    environment = page_templates("posterplot.explain.render")
    environment.globals |= {
        "listed": _listed,
        "percent": percent,
        "heading": _heading,
        "signed": signed,
    }
    return environment

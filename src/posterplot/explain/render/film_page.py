"""Explanations -> pages: one self-contained HTML file a film, and one that links them."""

import base64
import io
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment
from PIL import Image

from posterplot.dataset.poster_images import shrink
from posterplot.explain.explanation import Explanation, FilmExplanation
from posterplot.explain.methods.scores import Method
from posterplot.explain.render.heatmap import SIDE, overlay, whereabouts
from posterplot.explain.render.marked_text import most, pieces
from posterplot.films import Modality
from posterplot.pages import page_templates

# what the largest score of a poster is counted in
_UNITS: dict[Method, str] = {
    "evidence": "logits",
    "occlusion": "logits",
    "grad-cam": "",
    "integrated-gradients": "logits",
}


class Listed(NamedTuple):
    """A film of the index page: its folder beside the page, its name, its genres."""

    folder: str
    name: str
    genres: tuple[str, ...]


def film_page(film: FilmExplanation, poster: Image.Image | None) -> str:
    """Return the page of a film as HTML: styles and posters inside, nothing from anywhere else.

    Args:
        film: what is told of it. Titles, texts and genres may hold anything: they are escaped.
        poster: RGB; None without one.

    """
    told = film.explanations
    moved = [abs(moved) for e in told for moved in (e.share.poster, e.share.overview)]
    template = _environment().get_template("film_page.html.jinja")
    return template.render(
        film=film,
        name=shown_name(film.title, film.id),
        poster=None if poster is None else _data_uri(shrink(poster, SIDE)),
        explanations=[_told(film, e, poster) for e in told],
        largest=max([1e-6, *moved]),
        against=any(w.score < 0 for e in told for w in e.words or ()),
        attention=any("attention" in (e.poster_method, e.overview_method) for e in told),
        attended=any(e.overview_method == "attention" for e in told),
    )


def index_page(films: Sequence[Listed]) -> str:
    """Return the page that links films, in order."""
    return _environment().get_template("index.html.jinja").render(films=films)


def strongest(explanation: Explanation) -> str:
    """Say what the lightest colour on the poster stands for: the largest score and its unit."""
    if explanation.poster is None or explanation.poster_method is None:
        return ""
    peak = max(0.0, float(explanation.poster.max()))
    if explanation.poster_method == "attention":
        return f"most: {100 * peak:.2g} % of attention"
    return f"most: +{peak:.2g} {_UNITS[explanation.poster_method]}".rstrip()


def shown_name(title: str, film_id: str) -> str:
    """Return what a film is called where it is shown."""
    return title.strip() or film_id.strip() or "This film"


def percent(probability: float) -> str:
    """Return a probability in whole per cent, never rounded up to certainty nor down to none."""
    if 0.0 < probability < 0.01:
        return "under 1 %"
    if 0.99 < probability < 1.0:
        return "over 99 %"
    return f"{probability:.0%}".replace("%", " %")


def signed(number: float, digits: int = 2) -> str:
    """Return a number with its sign, the minus as wide as the plus."""
    return f"{number:+.{digits}f}".replace("-", "−")


def _told(film: FilmExplanation, e: Explanation, poster: Image.Image | None) -> dict[str, Any]:
    """Return what the template shows of a genre."""
    told: dict[str, Any] = {
        "explanation": e,
        # of a title what it moved in the overview's place
        "moved": {
            m: e.share.poster if m == "poster" else e.share.overview for m in film.modalities
        },
        "heated": None,
        "pieces": None,
    }
    if e.poster is not None and poster is not None:
        where = whereabouts(e.poster)
        verb = "The attention lies" if e.poster_method == "attention" else "It speaks for the genre"
        told["heated"] = _data_uri(overlay(poster, e.poster))
        told["most"] = strongest(e)
        told["where"] = (
            f"{verb} most here: {where}."
            if where != "nowhere"
            else "Nothing on it speaks for the genre."
        )
        told["alt"] = f"The poster with its heat for {e.genre}: {where}."
    if e.words is not None and film.text is not None:
        told["pieces"] = list(pieces(film.text, e.words))
        told["spoken"] = _spoken(film.text, e)
    return told


def _spoken(text: str, e: Explanation) -> str:
    """Say which words speak most for the genre, and which against it."""
    words = e.words or ()
    most_for, against = most(text, words, sign=1), most(text, words, sign=-1)
    if e.overview_method == "attention":
        return f"Most of the attention: {', '.join(most_for)}." if most_for else ""
    said = [f"Most for {e.genre}: {', '.join(most_for)}."] if most_for else []
    said += [f"Against it: {', '.join(against)}."] if against else []
    return " ".join(said)


def _said(method: Method, modality: Modality) -> str:
    if method == "attention":
        return f"Where its attention lay on the {modality}"
    return f"What speaks for it on the {modality}" if modality == "poster" else "Which words speak"


def _listed(genres: Sequence[str]) -> str:
    return ", ".join(genres) or "no genre"


def _data_uri(image: Image.Image) -> str:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


@cache
def _environment() -> Environment:
    environment = page_templates("posterplot.explain.render")
    environment.globals |= {"listed": _listed, "percent": percent, "said": _said, "signed": signed}
    return environment

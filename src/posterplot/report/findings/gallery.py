"""Films to look at: the surest hits and mistakes and the most doubtful labels, each explained."""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from posterplot.dataset.poster_images import decode_poster
from posterplot.dataset.reading import Dataset
from posterplot.errors import FilmError
from posterplot.explain.explain import explain
from posterplot.explain.explanation import FilmExplanation
from posterplot.explain.methods.scores import Method
from posterplot.explain.render.heatmap import overlay, whereabouts
from posterplot.explain.render.marked_text import Piece, most, pieces
from posterplot.explain.shapley import empty_logits
from posterplot.films import Film, Split
from posterplot.inference.predictor import Predictor
from posterplot.report.findings.doubtful_labels import Kind, Pick
from posterplot.report.findings.gather import Source
from posterplot.report.page.wording import listing, percent

_WIDTH = 160  # pixels of a poster on the page

TITLES: dict[Kind, str] = {
    "hit": "The surest hits",
    "mistake": "The surest mistakes",
    "improbable": "Labels that the model doubts",
    "missing": "Labels that the model misses",
}


EXPLAINED: dict[Kind, str] = {
    "hit": "Decided and right, the most probable first.",
    "mistake": "Decided and not among the labels, the most probable first. Either the model errs, "
    "or the label is missing.",
    "improbable": "Among the labels and not decided, the furthest below the genre’s share in odds "
    "first: what the film showed spoke against its label.",
    "missing": "Not among the labels, the furthest in odds above what films that have the label "
    "are given on average (after Northcutt et al., 2021).",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A film of the gallery, ready to be shown.

    Args:
        kind: why it is shown.
        title: with the year, if known.
        genre: for which it is shown.
        said: of the genre and the film, a sentence each.
        poster, heated: small WebP as ``data:`` addresses, the second with the heat of what spoke
            for the genre; None without a poster, or where nothing is told of it.
        height: of both in pixels.
        alt: of the heated one, in words.
        methods: by which it is explained.
        text: what the model read, in pieces graded by what they speak for the genre; empty
            without an overview.

    """

    kind: Kind
    title: str
    genre: str
    said: tuple[str, ...]
    poster: str | None
    heated: str | None
    height: int
    alt: str
    methods: tuple[Method, ...]
    text: tuple[Piece, ...]


def show_films(
    source: Source,
    dataset: Dataset,
    split: Split,
    picks: Sequence[Pick],
    advance: Callable[[int], None],
) -> list[Card]:
    """Explain the films that were picked, and make cards of them in the picks' order.

    Args:
        source: that answered.
        dataset: that has the films and their posters.
        split: of it.
        picks: films by their number in ``source.predicted``.
        advance: called with 1 after each film, for progress.

    """
    predictor = Predictor(source.run.bundle)
    wanted = {source.predicted.films[pick.film].id: pick for pick in picks}
    empty = empty_logits(predictor)
    cards: dict[Pick, Card] = {}
    for film in dataset.films(split):
        if (pick := wanted.get(film.id)) is not None:
            genre = source.run.bundle.manifest.genres[pick.genre]
            told = explain(predictor, film, genres=[genre], empty=empty)
            cards[pick] = make_card(film, told, pick.kind)
            advance(1)
    return [cards[pick] for pick in picks]


def make_card(film: Film, told: FilmExplanation, kind: Kind) -> Card:
    """Make a card of a film and what is told of one genre of it."""
    (why,) = told.explanations
    poster = _poster(film) if "poster" in told.modalities else None
    heated, alt = None, ""
    if poster is not None and why.poster is not None:
        heated = _address(overlay(poster, why.poster))
        alt = f"The poster, with what spoke for {why.genre} lit up: {whereabouts(why.poster)}."
    return Card(
        kind=kind,
        title=f"{film.title or film.id}{f' ({film.year})' if film.year else ''}",
        genre=why.genre,
        said=(_verdict(told, kind), _decided(film, told), *_why(told, kind)),
        poster=None if poster is None else _address(poster),
        heated=heated,
        height=0 if poster is None else _height(poster),
        alt=alt,
        methods=tuple(m for m in (why.poster_method, why.overview_method) if m),
        text=() if told.text is None else tuple(pieces(told.text, why.words or ())),
    )


def _verdict(told: FilmExplanation, kind: Kind) -> str:
    (why,) = told.explanations
    sure = percent(why.probability)
    return {
        "hit": f"{why.genre}, says the model with {sure}, and it is.",
        "mistake": f"{why.genre}, says the model with {sure}; the label says not.",
        "improbable": f"Labelled {why.genre}, to which the model gives {sure}.",
        "missing": f"Not labelled {why.genre}, to which the model gives {sure}.",
    }[kind]


def _decided(film: Film, told: FilmExplanation) -> str:
    return f"Decided: {listing(told.genres)}. Labelled: {listing(film.genres)}."


def _why(told: FilmExplanation, kind: Kind) -> list[str]:
    """Say what moved the genre's logit, and by which words and parts of the poster."""
    (why,) = told.explanations
    said = []
    if len(told.modalities) == 2:
        said.append(
            f"The poster moved it by {why.share.poster:+.1f} logits, "
            f"the {told.modalities[1]} by "
            f"{why.share.overview:+.1f}."
        )
    if why.words is not None and told.text is not None:
        sign, side = (-1, "against") if kind == "improbable" else (1, "for")
        spoken = [f"“{word}”" for word in most(told.text, why.words, sign=sign, count=4)]
        if spoken:
            said.append(f"Most {side} it: {listing(spoken)}.")
    if why.poster is not None and not (why.poster > 0).any():
        said.append("Nothing on the poster spoke for it.")
    return said


def _poster(film: Film) -> Image.Image | None:
    try:
        return None if film.poster is None else decode_poster(film.poster)
    except FilmError:
        return None


def _height(image: Image.Image) -> int:
    return max(1, round(image.height * _WIDTH / image.width))


def _address(image: Image.Image) -> str:
    stream = io.BytesIO()
    small = image.resize((_WIDTH, _height(image)), Image.Resampling.LANCZOS)
    small.save(stream, "WEBP", quality=72)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()

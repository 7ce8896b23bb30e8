"""Explain the films of the gallery: confident hits and mistakes, and possible label errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from posterplot.dataset.reading import Dataset
from posterplot.explain.explain import explain
from posterplot.explain.explanation import FilmExplanation
from posterplot.explain.methods.scores import Method
from posterplot.explain.render.heatmap import whereabouts
from posterplot.explain.render.marked_text import Piece, pieces, top_words
from posterplot.explain.render.overlays import draw_overlays, has_hardly_any_influence
from posterplot.explain.shapley import empty_logits
from posterplot.films import Film, Split
from posterplot.inference.predictor import Predictor
from posterplot.pages import image_uri
from posterplot.report.findings.gallery_films import ChosenFilm, Kind
from posterplot.report.findings.gather import EvaluatedModel
from posterplot.wording import listing, percent, signed

_WIDTH = 160  # pixels of a poster on the page
_MAX_HEIGHT = 640  # pixels; the few posters that are higher are stretched

TITLES: dict[Kind, str] = {
    "hit": "The most confident hits",
    "mistake": "The most confident mistakes",
    "improbable": "Labels with a low probability",
    "missing": "Labels that may be missing",
}


EXPLAINED: dict[Kind, str] = {
    "hit": "Predicted and among the labels, the most probable first.",
    "mistake": "Predicted and not among the labels, the most probable first. Either the model is "
    "wrong or the label is missing.",
    "improbable": "Among the labels and not predicted, the furthest below the genre’s share in "
    "log-odds first.",
    "missing": "Not among the labels, the furthest in log-odds above the mean probability of films "
    "that have the label first (after Northcutt et al., 2021).",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A film of the gallery, ready for the page.

    Args:
        kind: Why the film is shown.
        title: Title, with the year if it is known.
        genre: Genre that the film is shown for.
        sentences: Sentences about the genre and the film.
        poster, overlay: Small WebP as ``data:`` URIs, the second with the heatmap; None without a
            poster or without scores for it.
        height: Height of both in pixels.
        alt: Alternative text of the overlay.
        methods: Methods of the explanation.
        text: Text that the model read, in pieces graded by their scores; empty without a text.

    """

    kind: Kind
    title: str
    genre: str
    sentences: tuple[str, ...]
    poster: str | None
    overlay: str | None
    height: int
    alt: str
    methods: tuple[Method, ...]
    text: tuple[Piece, ...]


def show_films(
    model: EvaluatedModel,
    dataset: Dataset,
    split: Split,
    chosen: Sequence[ChosenFilm],
    advance: Callable[[int], None],
) -> list[Card]:
    """Explain the chosen films and return their cards, in the order of ``chosen``.

    Args:
        model: Model and its predictions.
        dataset: Dataset with the films and their posters.
        split: Split of the dataset.
        chosen: Films by their index in ``model.predictions``.
        advance: Called with 1 after each film, for progress.

    """
    predictor = Predictor(model.run.bundle)
    wanted = {model.predictions.films[choice.film].id: choice for choice in chosen}
    empty = empty_logits(predictor)
    cards: dict[ChosenFilm, Card] = {}
    for film in dataset.films(split):
        if (choice := wanted.get(film.id)) is not None:
            genre = model.run.bundle.manifest.genres[choice.genre]
            read = predictor.read(film)
            explained = explain(predictor, read, genres=[genre], empty=empty)
            cards[choice] = make_card(film, explained, read.image, choice.kind)
            advance(1)
    return [cards[choice] for choice in chosen]


def make_card(
    film: Film, explained: FilmExplanation, poster: Image.Image | None, kind: Kind
) -> Card:
    """Make the card of a film and one genre.

    Args:
        film: Any film.
        explained: Explanation of one genre.
        poster: Poster in RGB; None without one.
        kind: Why the film is shown.

    """
    (why,) = explained.explanations
    overlay = draw_overlays(explained, poster).get(why.genre)
    alt = ""
    if overlay is not None and why.poster is not None:
        alt = f"The poster with its heatmap for {why.genre}: {whereabouts(why.poster)}."
    return Card(
        kind=kind,
        title=f"{film.title or film.id}{f' ({film.year})' if film.year else ''}",
        genre=why.genre,
        sentences=(
            _verdict(explained, kind),
            f"Predicted: {listing(explained.genres)}. Labels: {listing(film.genres)}.",
            *_why(explained, kind),
        ),
        poster=None if poster is None else _uri(poster),
        overlay=None if overlay is None else _uri(overlay),
        height=0 if poster is None else _height(poster),
        alt=alt,
        methods=tuple(m for m in (why.poster_method, why.overview_method) if m),
        text=() if explained.text is None else tuple(pieces(explained.text, why.words or ())),
    )


def _verdict(explained: FilmExplanation, kind: Kind) -> str:
    (why,) = explained.explanations
    probability = percent(why.probability)
    return {
        "hit": f"{why.genre} was predicted with {probability} and is a label.",
        "mistake": f"{why.genre} was predicted with {probability} and is not a label.",
        "improbable": f"{why.genre} is a label; its probability is {probability}.",
        "missing": f"{why.genre} is not a label; its probability is {probability}.",
    }[kind]


def _why(explained: FilmExplanation, kind: Kind) -> list[str]:
    """Return sentences on what raised or lowered the score of the genre."""
    (why,) = explained.explanations
    sentences = []
    if len(explained.modalities) == 2:
        sentences.append(
            f"Effect on the score (log-odds): poster {signed(why.share.poster, 1)}, "
            f"{explained.modalities[1]} {signed(why.share.overview, 1)}."
        )
    if why.words is not None and explained.text is not None:
        sign, verb = (-1, "Lowered") if kind == "improbable" else (1, "Raised")
        words = top_words(explained.text, why.words, sign=sign, count=4)
        if words:
            sentences.append(f"{verb} it most: {listing([f'“{word}”' for word in words])}.")
    if why.poster is not None and has_hardly_any_influence(why.share.poster):
        sentences.append("The poster had hardly any influence.")
    return sentences


def _height(image: Image.Image) -> int:
    return min(max(1, round(image.height * _WIDTH / image.width)), _MAX_HEIGHT)


def _uri(image: Image.Image) -> str:
    small = image.resize((_WIDTH, _height(image)), Image.Resampling.LANCZOS)
    return image_uri(small, "WEBP", quality=72)

"""What is told of one film and one genre; free of torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.methods.scores import Method
from posterplot.films import Modality


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text that the model read, and how it speaks for a genre.

    Args:
        start, end: of its characters in :attr:`FilmExplanation.text`, half open.
        score: signed, the sum over its tokens, in the method's unit.

    """

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class ModalityShare:
    """How much each input moved a genre's logit: exact Shapley values of a game of two players.

    With v the raw logit of the graph for the inputs that it is shown::

        poster   = ½ [v(poster) - v(∅)] + ½ [v(both) - v(overview)]
        overview = ½ [v(overview) - v(∅)] + ½ [v(both) - v(poster)]

    so that ``base + poster + overview = v(both)`` (Shapley, 1953). What a film lacks moved
    nothing: 0, and the other input has all of the change.

    Args:
        base: v(∅), the logit before anything of the film is seen.
        poster, overview: signed; overview of the title, where that stands in its place.

    """

    base: float
    poster: float
    overview: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a genre was, or was not, decided.

    Args:
        genre: its name.
        probability: calibrated, in [0, 1].
        threshold: at which it is decided, in [0, 1].
        decided: whether it is.
        poster: ``(rows, columns)`` float32 scores over the poster, signed; None without a poster,
            or where the method says nothing of posters.
        words: scored words in the order of the text; None likewise.
        share: of each input.
        poster_method, overview_method: that scored them; None where nothing did.

    """

    genre: str
    probability: float
    threshold: float
    decided: bool
    poster: NDArray[np.float32] | None
    words: tuple[Word, ...] | None
    share: ModalityShare
    poster_method: Method | None
    overview_method: Method | None


@dataclass(frozen=True, slots=True)
class FilmExplanation:
    """All that is told of one film.

    Args:
        id, title: of the film.
        text: what the model read of the overview, perhaps with the title before it, or of the
            title in its place; None if it read none. Spans of words point into it.
        modalities: the inputs that were used.
        genres: those decided, the most probable first.
        without: modality -> the genres that would be decided without it, the most probable
            first; only of films that show both.
        explanations: one a genre asked for.

    """

    id: str
    title: str
    text: str | None
    modalities: tuple[Modality, ...]
    genres: tuple[str, ...]
    without: dict[Modality, tuple[str, ...]]
    explanations: tuple[Explanation, ...]

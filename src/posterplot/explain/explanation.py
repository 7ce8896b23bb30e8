"""Data classes of explanations, without torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posterplot.explain.methods.scores import Method
from posterplot.films import Modality


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text that the model read, with its score for a genre.

    Args:
        start, end: Offsets of its characters in :attr:`FilmExplanation.text`, half open.
        score: Signed sum over its tokens, in the method's unit.

    """

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class ModalityShare:
    """The contribution of each input to the logit of a genre: exact Shapley values.

    With v the raw logit for the inputs that the graph is shown::

        poster   = ½ [v(poster) - v(∅)] + ½ [v(both) - v(overview)]
        overview = ½ [v(overview) - v(∅)] + ½ [v(both) - v(poster)]

    so that ``base + poster + overview = v(both)`` (Shapley, 1953). The share of a missing input is
    0, and the other input has the whole difference.

    Args:
        base: V(∅), the logit without any input.
        poster, overview: Signed. If the title is read instead of an overview, ``overview`` is the
            share of the title.

    """

    base: float
    poster: float
    overview: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one genre.

    Args:
        genre: Name of the genre.
        probability: Calibrated, in [0, 1].
        threshold: Threshold from which on the genre is predicted, in [0, 1].
        decided: Whether it is predicted.
        poster: ``(rows, columns)`` float32 scores over the poster, signed; None without a poster
            or if the method does not score posters.
        words: Scored words in the order of the text; None without a text or if the method does not
            score texts.
        share: Share of each input.
        poster_method, overview_method: Methods of the scores; None without scores.

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
    """The explanation of one film.

    Args:
        id, title: Id and title of the film.
        text: Text that the model read: the overview, perhaps after the title, or the title instead
            of an overview, as far as its tokens reach; None if it read none. Words point into it.
        modalities: The inputs that were used.
        genres: The predicted ones, the most probable first.
        without: Modality -> the genres that would be predicted for
            :meth:`posterplot.films.Film.without`, the most probable first; only if two inputs were
            used, and only where an input is left.
        explanations: Explanations, one for each explained genre.
        familiar: Whether the film is like those that the model was measured on; None if unknown.

    """

    id: str
    title: str
    text: str | None
    modalities: tuple[Modality, ...]
    genres: tuple[str, ...]
    without: dict[Modality, tuple[str, ...]]
    explanations: tuple[Explanation, ...]
    familiar: bool | None = None

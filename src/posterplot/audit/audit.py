"""A catalogue and a model -> its doubtful labels, the most doubtful first."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from posterplot.audit.suspicion import NoiseRates, doubt
from posterplot.catalogue import Catalogue
from posterplot.catalogue.vocabularies import to_imdb
from posterplot.errors import CatalogueError
from posterplot.films import Film, Prediction, Rejected
from posterplot.wording import count, percent

_LEAST_FILMS = 20  # with fewer nothing can be said of how often labels are wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubtful label.

    Args:
        id, title, source: of the film.
        given: the film's genres, as the catalogue has them.
        genre: in question, as the model calls it.
        kind: whether the film has this genre, or lacks it.
        probability: of the genre by the model, in [0, 1].
        suspicion: that the label is wrong, in [0, 1]; findings are ranked by it.
        reason: a sentence.
    """

    id: str
    title: str
    source: str
    given: tuple[str, ...]
    genre: str
    kind: Literal["given", "missing"]
    probability: float
    suspicion: float
    reason: str


class FilmPredictor(Protocol):
    """What an audit needs: a :class:`~posterplot.inference.predictor.Predictor`, or a file."""

    @property
    def genres(self) -> tuple[str, ...]:
        """The G genres that it predicts."""

    def predict(self, films: Iterable[Film | Rejected]) -> Iterator[Prediction | Rejected]:
        """Predict films in order."""


class Audit(NamedTuple):
    """What was found, and what it does not cover.

    Attributes:
        findings: the most doubtful first.
        films: how many were judged.
        rates: of wrong labels, as estimated.
        unlabelled: films without a genre that the model knows: nothing to doubt.
        rejected: films that could not be read or predicted, and what of others could not.
        unknown: genre of the catalogue that the model does not know -> films.
        absent: genres of the model that no film of the catalogue has: none is said to lack them.
    """

    findings: list[Finding]
    films: int
    rates: NoiseRates
    unlabelled: int
    rejected: list[Rejected]
    unknown: Counter[str]
    absent: tuple[str, ...]


class _Judged(NamedTuple):
    film_id: str
    title: str
    source: str
    given: tuple[str, ...]
    labels: list[bool]
    probabilities: list[float]


def audit(
    catalogue: Catalogue,
    predictor: FilmPredictor,
    *,
    top: int,
    at_most: int | None = None,
    advance: Callable[[int], None] = lambda films: None,
) -> Audit:
    """Predict every film and doubt the labels that the predictions speak against.

    The model must not have learned from these films: it would have learned their errors too.

    Args:
        catalogue: an opened one.
        predictor: of a bundle, or of a file of predictions.
        top: how many findings to return, at most.
        at_most: see :func:`posterplot.audit.suspicion.suspicion`.
        advance: called with the number of films done since the last call.

    Raises:
        CatalogueError: too few films have a genre that the model knows.
    """
    genres = predictor.genres
    rejected: list[Rejected] = []
    unknown: Counter[str] = Counter()
    judged = list(_judge(catalogue, predictor, rejected, unknown, advance))
    labelled = [film for film in judged if any(film.labels)]
    if len(labelled) < _LEAST_FILMS:
        raise CatalogueError(
            f"only {len(labelled)} films have a genre that the model knows",
            where=catalogue.table.path,
            hint=f"audit a catalogue of {_LEAST_FILMS} or more films with some of the genres"
            f" {', '.join(genres)}",
        )
    labels = np.array([film.labels for film in labelled])
    probabilities = np.array([film.probabilities for film in labelled])
    rates, doubts = doubt(labels, probabilities, at_most)
    means = (probabilities * labels).sum(axis=0) / np.maximum(labels.sum(axis=0), 1)
    return Audit(
        findings=list(_findings(labelled, genres, labels, probabilities, doubts, means, top)),
        films=len(labelled),
        rates=rates,
        unlabelled=len(judged) - len(labelled),
        rejected=rejected,
        unknown=unknown,
        absent=tuple(genres[g] for g in np.flatnonzero(~labels.any(axis=0))),
    )


def _judge(
    catalogue: Catalogue,
    predictor: FilmPredictor,
    rejected: list[Rejected],
    unknown: Counter[str],
    advance: Callable[[int], None],
) -> Iterator[_Judged]:
    """Go over the films that could be predicted; of each, what is needed later."""
    genres = predictor.genres
    places = {genre.casefold(): g for g, genre in enumerate(genres)}
    waiting: dict[str, Film] = {}

    def films() -> Iterator[Film | Rejected]:
        for item in catalogue.films():
            if isinstance(item, Film):
                waiting[item.id] = item
            yield item

    for answer in predictor.predict(films()):
        if isinstance(answer, Rejected):
            rejected.append(answer)
            if answer.part == "film":
                waiting.pop(answer.id, None)
                advance(1)
            continue
        film = waiting.pop(answer.id)
        labels = [False] * len(genres)
        for name in film.genres:
            place = _place(name, places)
            if place is None:
                unknown[name] += 1
            else:
                labels[place] = True
        yield _judged(film, answer, labels, genres)
        advance(1)


def _place(name: str, places: Mapping[str, int]) -> int | None:
    """Find a genre among the model's, also by its name in another vocabulary.

    Names that stand for two genres, such as "Sci-Fi & Fantasy", say of neither that it is given.
    """
    if name.casefold() in places:
        return places[name.casefold()]
    names = to_imdb(name) or ()
    return places.get(names[0].casefold()) if len(names) == 1 else None


def _judged(film: Film, answer: Prediction, labels: list[bool], genres: tuple[str, ...]) -> _Judged:
    probabilities = [answer.probabilities[genre] for genre in genres]
    return _Judged(film.id, film.title, film.source, film.genres, labels, probabilities)


def _findings(
    films: list[_Judged],
    genres: tuple[str, ...],
    labels: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    doubts: NDArray[np.float64],
    means: NDArray[np.float64],
    top: int,
) -> Iterator[Finding]:
    numbers = labels.sum(axis=1)
    for place in np.argsort(-doubts, axis=None, kind="stable")[:top].tolist():
        n, g = divmod(place, len(genres))
        if doubts[n, g] <= 0:
            return
        film, p, given = films[n], float(probabilities[n, g]), bool(labels[n, g])
        reason = _reason(genres[g], p, float(means[g]), given=given)
        alike = percent(float((numbers == numbers[n]).mean()))
        reason += f" It has {count(int(numbers[n]), 'genre')}, as {alike} of these films have."
        yield Finding(
            id=film.film_id,
            title=film.title,
            source=film.source,
            given=film.given,
            genre=genres[g],
            kind="given" if given else "missing",
            probability=p,
            suspicion=float(doubts[n, g]),
            reason=reason,
        )


def _reason(genre: str, probability: float, mean: float, *, given: bool) -> str:
    if given:
        return (
            f"The film is given {genre}, but the model gives it {probability:.1%};"
            f" the films with {genre} have {mean:.0%} on average."
        )
    return (
        f"The film lacks {genre}, but the model gives it {probability:.1%};"
        f" the films with {genre} have {mean:.0%} on average."
    )

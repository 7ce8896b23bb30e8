"""Rank the labels of a catalogue by the probability that they are wrong."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from posterplot.audit.label_errors import NoiseRates, can_estimate, estimate_label_errors
from posterplot.catalogue import Catalogue
from posterplot.catalogue.vocabularies import genre_finder
from posterplot.errors import CatalogueError
from posterplot.films import Film, Prediction, Rejected
from posterplot.inference.read_predictions import NOT_PREDICTED
from posterplot.wording import count, percent

_MIN_FILMS = 20  # with fewer, the rate of wrong labels cannot be estimated


@dataclass(frozen=True, slots=True)
class Finding:
    """A label that is probably wrong.

    Args:
        id, title, source: Id and title of the film, and its row in the catalogue.
        catalogue_genres: Genres of the film in the catalogue.
        genre: Genre of the label, one that the model predicts.
        kind: ``"given"`` if the film has the genre in the catalogue, else ``"missing"``.
        probability: Probability of the genre, predicted by the model, in [0, 1].
        label_error_probability: Probability that the label is wrong, in [0, 1]. Findings are
            sorted by it.
        reason: The reason, as sentences.
    """

    id: str
    title: str
    source: str
    catalogue_genres: tuple[str, ...]
    genre: str
    kind: Literal["given", "missing"]
    probability: float
    label_error_probability: float
    reason: str


class FilmPredictor(Protocol):
    """What an audit needs: a :class:`~posterplot.inference.predictor.Predictor`, or a file."""

    @property
    def genres(self) -> tuple[str, ...]:
        """The G genres that the model predicts."""

    def predict(self, films: Iterable[Film | Rejected]) -> Iterator[Prediction | Rejected]:
        """Predict films in order."""


class Audit(NamedTuple):
    """The findings of an audit, and the films and genres that were not checked.

    Attributes:
        findings: Labels that are probably wrong, the most probable error first.
        films: Number of films whose labels were checked.
        rates: Estimated rates of wrong labels.
        unlabelled: Number of films without a genre that the model predicts; not checked.
        rejected: Films, posters and overviews that could not be used.
        unknown: Genre that the model does not predict -> number of films in the catalogue.
        absent: Genres of the model that no film of the catalogue has; not checked.
    """

    findings: list[Finding]
    films: int
    rates: NoiseRates
    unlabelled: int
    rejected: list[Rejected]
    unknown: Counter[str]
    absent: tuple[str, ...]


class _LabelledPrediction(NamedTuple):
    film_id: str
    title: str
    source: str
    catalogue_genres: tuple[str, ...]
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
    """Predict every film, and rank the labels that contradict the predictions.

    The model must not be trained on these films: it would have learned their wrong labels.

    Args:
        catalogue: An opened catalogue.
        predictor: Predictor of a bundle, or a file of predictions.
        top: Largest number of findings.
        at_most: Largest number of genres that the catalogue lists for a film, including those that
            the model does not know; a film with this number may have others. None: no limit.
        advance: Called with the number of films predicted since the last call.

    Raises:
        CatalogueError: Too few films have a genre that the model knows, or almost all have the same
            genres.
    """
    genres = predictor.genres
    rejected: list[Rejected] = []
    unknown: Counter[str] = Counter()
    predicted = list(_predict(catalogue, predictor, rejected, unknown, advance))
    labelled = [film for film in predicted if any(film.labels)]
    if len(labelled) < _MIN_FILMS:
        hint = f"audit a catalogue of {_MIN_FILMS} or more films with some of the genres "
        hint += ", ".join(genres)
        missing = sum(item.reason == NOT_PREDICTED for item in rejected)
        if missing and len(labelled) + missing >= _MIN_FILMS:
            hint = f"{count(missing, 'film')} not in the file of predictions: give predictions of"
            hint += " these films, with the ids and titles of the catalogue"
        raise CatalogueError(
            f"only {count(len(labelled), 'film')} {'has' if len(labelled) == 1 else 'have'} a genre"
            " that the model knows",
            where=catalogue.table.path,
            hint=hint,
        )
    labels = np.array([film.labels for film in labelled])
    probabilities = np.array([film.probabilities for film in labelled])
    if not can_estimate(labels):
        raise CatalogueError(
            f"almost all of the {len(labelled)} films have the same genres, so their errors cannot "
            "be estimated",
            where=catalogue.table.path,
            hint="audit films of different genres together",
        )
    numbers = np.array([len(set(film.catalogue_genres)) for film in labelled])
    full = None if at_most is None else numbers >= at_most
    rates, errors = estimate_label_errors(labels, probabilities, full)
    means = (probabilities * labels).sum(axis=0) / np.maximum(labels.sum(axis=0), 1)
    return Audit(
        findings=list(
            _findings(labelled, genres, labels, numbers, probabilities, errors, means, top)
        ),
        films=len(labelled),
        rates=rates,
        unlabelled=len(predicted) - len(labelled),
        rejected=rejected,
        unknown=unknown,
        absent=tuple(genres[g] for g in np.flatnonzero(~labels.any(axis=0))),
    )


def _predict(
    catalogue: Catalogue,
    predictor: FilmPredictor,
    rejected: list[Rejected],
    unknown: Counter[str],
    advance: Callable[[int], None],
) -> Iterator[_LabelledPrediction]:
    """Yield labels and probabilities of every film that could be predicted."""
    genres = predictor.genres
    find = genre_finder(genres)
    waiting: dict[str, Film] = {}

    def films() -> Iterator[Film | Rejected]:
        for item in catalogue.films():
            if isinstance(item, Film):
                waiting[item.id] = item
            yield item

    for result in predictor.predict(films()):
        if isinstance(result, Rejected):
            rejected.append(result)
            if result.part == "film":
                waiting.pop(result.id, None)
                advance(1)
            continue
        film = waiting.pop(result.id)
        labels = [False] * len(genres)
        for name in film.genres:
            genre = find(name)  # a name that stands for two genres is unknown
            if genre is None:
                unknown[name] += 1
            else:
                labels[genres.index(genre)] = True
        probabilities = [result.probabilities[genre] for genre in genres]
        yield _LabelledPrediction(
            film.id, film.title, film.source, film.genres, labels, probabilities
        )
        advance(1)


def _findings(
    films: list[_LabelledPrediction],
    genres: tuple[str, ...],
    labels: NDArray[np.bool_],
    numbers: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    errors: NDArray[np.float64],
    means: NDArray[np.float64],
    top: int,
) -> Iterator[Finding]:
    for position in np.argsort(-errors, axis=None, kind="stable")[:top].tolist():
        n, g = divmod(position, len(genres))
        if errors[n, g] <= 0:
            return
        film, p, labelled = films[n], float(probabilities[n, g]), bool(labels[n, g])
        reason = _reason(genres[g], p, float(means[g]), labelled=labelled)
        alike = percent(float((numbers == numbers[n]).mean()))
        reason += f" It has {count(int(numbers[n]), 'genre')}, as {alike} of these films have."
        yield Finding(
            id=film.film_id,
            title=film.title,
            source=film.source,
            catalogue_genres=film.catalogue_genres,
            genre=genres[g],
            kind="given" if labelled else "missing",
            probability=p,
            label_error_probability=float(errors[n, g]),
            reason=reason,
        )


def _reason(genre: str, probability: float, mean: float, *, labelled: bool) -> str:
    return (
        f"The film {'has' if labelled else 'lacks'} the label {genre}, with a probability of"
        f" {percent(probability)} by the model; films with this label have {percent(mean)} on"
        " average."
    )

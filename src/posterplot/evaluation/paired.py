"""Compare two models on the films that both predicted, with paired intervals."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from posterplot.errors import UsageError
from posterplot.evaluation.evaluation import LabelledPredictions
from posterplot.evaluation.intervals import Resamples, percentile_interval
from posterplot.evaluation.metrics import Bools, Floats, MetricValues, measure
from posterplot.files import new_file

MIN_FILMS = 10  # if fewer films have a genre, neither model is called better at it
METRICS = ("mAP", "micro_f1", "macro_f1", "samples_f1", "micro_AP")


class ModelPredictions(NamedTuple):
    """The predictions of a model for N films.

    Attributes:
        name: Name of the model.
        labelled: Probabilities of the model, and the true genres.
        decisions: ``(N, G)`` bool, by the model's own thresholds.

    """

    name: str
    labelled: LabelledPredictions
    decisions: Bools


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Difference(_Record):
    """A metric of two models, and the difference (first minus second) with its 95 % interval.

    All are None where no film has the genre.
    """

    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None

    @property
    def better(self) -> str:
        """``first`` or ``second`` if the interval excludes 0, otherwise empty."""
        if self.low is None or self.high is None:
            return ""
        return "first" if self.low > 0 else "second" if self.high < 0 else ""


class GenreDifference(_Record):
    """Differences of one genre, in average precision and F1, and the films that have it."""

    genre: str
    support: int
    average_precision: Difference
    f1: Difference

    @property
    def better(self) -> str:
        """Like :attr:`Difference.better`, for average precision, if enough films have the genre."""
        return self.average_precision.better if self.support >= MIN_FILMS else ""


class ModelComparison(_Record):
    """A comparison of two models on the same films.

    Attributes:
        first, second: Names of the models.
        films: Number of films that both predicted.
        left_out: Number of films that only one of them predicted.
        left_out_genres: Genres that only one of the models knows.
        overall: Metric -> difference, over the common genres.
        genres: The common genres in the order of the first model.

    """

    first: str
    second: str
    films: int
    left_out: int
    left_out_genres: tuple[str, ...]
    overall: dict[str, Difference]
    genres: tuple[GenreDifference, ...]


def compare_models(first: ModelPredictions, second: ModelPredictions) -> ModelComparison:
    """Compare two models on their common films and genres.

    Both are measured on the same bootstrap resamples of the films, so an interval is that of the
    difference and not of two independent metrics (a paired bootstrap: Efron and Tibshirani, 1993).

    Args:
        first, second: Predictions for the same split; each may lack films that the model cannot
            read.

    Raises:
        UsageError: The models have no film or no genre in common.

    """
    one, two = first.labelled, second.labelled
    rows_by_id = {film: n for n, film in enumerate(two.ids)}
    films = [(n, rows_by_id[film]) for n, film in enumerate(one.ids) if film in rows_by_id]
    genres = [name for name in one.genres if name in two.genres]
    if not films or not genres:
        what = "films" if genres else "genres"
        raise UsageError(f"the two models have no {what} in common", hint="compare other models")
    weights = Resamples(len(films))
    measured = [
        _measured(model, rows, genres, weights)
        for model, rows in zip((first, second), np.array(films).T, strict=True)
    ]
    return ModelComparison(
        first=first.name,
        second=second.name,
        films=len(films),
        left_out=len(one.ids) + len(two.ids) - 2 * len(films),
        left_out_genres=tuple(sorted({*one.genres} ^ {*two.genres})),
        overall={name: _difference(*(m.overall[name] for m in measured)) for name in METRICS},
        genres=tuple(
            GenreDifference(
                genre=name,
                support=int(measured[0].per_genre["support"][0, g]),
                average_precision=_difference(
                    *(m.per_genre["average_precision"][:, g] for m in measured)
                ),
                f1=_difference(*(m.per_genre["f1"][:, g] for m in measured)),
            )
            for g, name in enumerate(genres)
        ),
    )


def write_comparison(comparison: ModelComparison, path: Path) -> None:
    """Write a comparison as JSON.

    Raises:
        OutputError: The file exists already or cannot be written.

    """
    with new_file(path) as temporary:
        temporary.write_text(comparison.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _measured(
    model: ModelPredictions, rows: NDArray[np.intp], genres: list[str], weights: Resamples
) -> MetricValues:
    columns = np.array([model.labelled.genres.index(name) for name in genres], np.intp)
    chosen = np.ix_(rows, columns)
    labelled = model.labelled
    return measure(
        labelled.targets[chosen], labelled.probabilities[chosen], model.decisions[chosen], weights
    )


def _difference(first: Floats, second: Floats) -> Difference:
    """Return the difference between ``(1 + R,)`` values of a metric on the same resamples."""
    interval = percentile_interval(first - second)
    values = (float(first[0]), float(second[0]), *interval)
    names = ("first", "second", "difference", "low", "high")
    return Difference(**{n: None if np.isnan(v) else v for n, v in zip(names, values, strict=True)})

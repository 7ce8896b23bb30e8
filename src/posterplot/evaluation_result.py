"""The results of :func:`posterplot.evaluate`."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:  # reading evaluations needs pyarrow
    from posterplot.evaluation.evaluation import Evaluation


class Estimate(float):
    """A metric with its 95 % bootstrap interval over films. It is a ``float``.

    Attributes:
        low: Lower end of the interval.
        high: Upper end of the interval.

    All three are NaN where the metric does not exist, for example the average precision of a genre
    without a film.

    Examples:
        >>> score = Estimate(0.65, 0.62, 0.68)
        >>> score
        0.650 (0.620 to 0.680)
        >>> score > 0.6, round(score, 1), score.low
        (True, 0.7, 0.62)

    """

    low: float
    high: float

    def __new__(cls, value: float, low: float, high: float) -> Self:
        """Create an estimate from its value and the ends of its interval."""
        estimate = super().__new__(cls, value)
        estimate.low, estimate.high = low, high
        return estimate

    def __getnewargs__(self) -> tuple[float, float, float]:  # type: ignore[override]
        """Return what copying and pickling need."""
        return float(self), self.low, self.high

    def __repr__(self) -> str:
        """Show the value and its interval with three decimals."""
        return f"{float(self):.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """The result of evaluating a model on one split of a dataset.

    Attributes:
        split: ``train``, ``validation`` or ``test``.
        films: Number of films that were evaluated.
        overall: Metric -> value: ``mAP``, ``micro_f1``, ``macro_f1``, ``samples_f1``, ``ECE`` and
            the others of ``evaluation.json``.
        genres: A row per genre, which ``pandas.DataFrame`` takes: ``genre``, ``support``,
            ``threshold``, ``ECE``, and ``precision``, ``recall``, ``f1`` and ``average_precision``
            with ``_low`` and ``_high`` each. NaN where the split has no film of the genre.
        record: Everything that ``evaluation.json`` holds.

    """

    split: str
    films: int
    overall: dict[str, Estimate]
    genres: list[dict[str, Any]]
    record: "Evaluation" = field(repr=False)


def result_of(evaluation: "Evaluation") -> EvaluationResult:
    """Convert the record of an evaluation to a result."""
    content = evaluation.model_dump()
    return EvaluationResult(
        split=evaluation.split,
        films=evaluation.films,
        overall={name: _estimate(figure) for name, figure in content["overall"].items()},
        genres=[_flat(row) for row in content["genres"]],
        record=evaluation,
    )


def _estimate(figure: dict[str, float | None]) -> Estimate:
    return Estimate(*(_number(figure[part]) for part in ("value", "low", "high")))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Give each end of an interval its own column."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat[name] = _number(value["value"])
            flat |= {f"{name}_{end}": _number(value[end]) for end in ("low", "high")}
        else:
            flat[name] = value
    return flat


def _number(value: float | None) -> float:
    return float("nan") if value is None else value

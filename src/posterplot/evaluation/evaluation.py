"""``evaluation.json``: what is said of a bundle on a split."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from posterplot.bundle import Rule
from posterplot.evaluation.intervals import Interval
from posterplot.evaluation.metrics import Bools, Floats
from posterplot.files import new_file

FORMAT = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Figure(_Record):
    """A figure with its 95 % bootstrap interval; None where it does not exist."""

    value: float | None
    low: float | None
    high: float | None


class GenreRow(_Record):
    """One genre: its figures are None where the split has no film of it."""

    genre: str
    support: int
    threshold: float
    precision: Figure
    recall: Figure
    f1: Figure
    average_precision: Figure
    ECE: float


class Slice(_Record):
    """The films that have something in common: a modality, a decade, a number of genres."""

    by: str
    value: str
    films: int
    micro_f1: float | None
    macro_f1: float | None
    mAP: float | None  # noqa: N815 - the field's own name


class Bin(_Record):
    """A bin of the reliability diagram over all film-genre pairs."""

    low: float
    high: float
    probability: float
    share: float
    pairs: int


class Evaluation(_Record):
    """All that was measured.

    Attributes:
        format: of this file.
        model: the bundle's name.
        bundle: SHA-256 of its graph.
        dataset: fingerprint of the dataset.
        split: train, validation or test.
        films: number evaluated.
        left_out: reason -> number of films that the model cannot read.
        absent_genres: genres of the model without a film here: support 0, not in macro means.
        unknown_genres: genres of the films that the model does not know -> number of films.
        rule: the rule of thresholds behind the decisions.
        overall: metric -> figure, over all films; see :func:`..metrics.measure`.
        genres: a row a genre, in the vocabulary's order.
        operating_points: rule -> metric -> value, for every rule of the bundle.
        reliability: the diagram's bins.
        slices: by modality, decade and number of genres.

    """

    format: int = FORMAT
    model: str
    bundle: str
    dataset: str
    split: str
    films: int
    left_out: dict[str, int]
    absent_genres: tuple[str, ...]
    unknown_genres: dict[str, int]
    rule: Rule
    overall: dict[str, Figure]
    genres: tuple[GenreRow, ...]
    operating_points: dict[Rule, dict[str, float]]
    reliability: tuple[Bin, ...]
    slices: tuple[Slice, ...]


def figure(interval: Interval) -> Figure:
    """Turn an interval into its record, NaN becoming None."""
    value, low, high = (None if x != x else round(x, 6) for x in interval)
    return Figure(value=value, low=low, high=high)


def predictions_path(path: Path) -> Path:
    """Return where the predictions behind ``evaluation.json`` lie: beside it, as Parquet."""
    return path.with_suffix(".parquet")


def write_evaluation(
    evaluation: Evaluation, path: Path, *, ids: list[str], targets: Bools, probabilities: Floats
) -> None:
    """Write the evaluation and, beside it, the film-by-film predictions behind it.

    With these, two models are compared film by film, and any other metric can be had.

    Raises:
        OutputError: a file cannot be written.

    """
    names = [row.genre for row in evaluation.genres]
    columns: dict[str, object] = {"id": pa.array(ids, pa.string())}
    for g, name in enumerate(names):
        columns[f"target:{name}"] = pa.array(targets[:, g])
        columns[f"probability:{name}"] = pa.array(probabilities[:, g].astype("float32"))
    with new_file(predictions_path(path)) as temporary:
        pq.write_table(pa.table(columns), temporary)
    with new_file(path) as temporary:
        temporary.write_text(evaluation.model_dump_json(indent=1) + "\n")

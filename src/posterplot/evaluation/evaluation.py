"""``evaluation.json``: the metrics of a bundle on a split."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field

from posterplot.errors import UsageError
from posterplot.evaluation.intervals import Interval
from posterplot.evaluation.metrics import Bools, Floats
from posterplot.file_sets import new_files, output_locks
from posterplot.files import check_new_file, check_suffix
from posterplot.inference.decisions import Rule

FORMAT = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class MetricEstimate(_Record):
    """A metric with its 95 % bootstrap interval; None where it does not exist."""

    value: float | None
    low: float | None
    high: float | None


class GenreRow(_Record):
    """The metrics of one genre; None where no film of the split has the genre."""

    genre: str
    support: int
    threshold: float
    precision: MetricEstimate
    recall: MetricEstimate
    f1: MetricEstimate
    average_precision: MetricEstimate
    ECE: float


class Slice(_Record):
    """Films with something in common: a modality, a decade, a source of labels.

    ``expected_genres`` and ``true_genres`` are means per film: of the sum of the probabilities, and
    of the number of genres. If the first is larger, the probabilities are too high here.
    """

    by: str
    value: str
    films: int
    micro_f1: float | None
    macro_f1: float | None
    mAP: float | None  # noqa: N815 - the field's own name
    ECE: float | None = None
    expected_genres: float | None = None
    true_genres: float | None = None


class Bin(_Record):
    """A bin of the reliability diagram over all film-genre pairs."""

    low: float
    high: float
    probability: float
    share: float
    pairs: int


class Evaluation(_Record):
    """All metrics of one evaluation.

    Attributes:
        format: Version of the file format.
        model: The bundle's name.
        bundle: SHA-256 of its graph.
        dataset: Fingerprint of the dataset.
        same_dataset: Whether the model was trained on this very dataset; if not, it may have
            been trained on films of the split.
        split: ``train``, ``validation`` or ``test``.
        films: Number evaluated.
        left_out: Reason -> number of films that the model cannot read.
        unread: Reason -> number of the evaluated films whose poster or overview the model cannot
            read, because it is in another language, for example.
        absent_genres: Genres of the model that no film here has: their support is 0, and macro
            means exclude them.
        unknown_genres: Genre that the model does not know -> number of films that have it.
        rule: The default rule of thresholds for the most frequent modalities.
        overall: Metric -> estimate over all films; see :func:`..metrics.measure`.
        genres: A row per genre, in the vocabulary's order.
        operating_points: Rule -> metric -> value, for every rule of the bundle.
        reliability: The diagram's bins.
        slices: Metrics by modality, decade, number of genres, language of the overview and, where
            the dataset has it, the source of the labels.

    """

    format: int = FORMAT
    model: str
    bundle: str
    dataset: str
    same_dataset: bool
    split: str
    films: int
    left_out: dict[str, int]
    unread: dict[str, int] = Field(default_factory=dict)
    absent_genres: tuple[str, ...]
    unknown_genres: dict[str, int]
    rule: Rule
    overall: dict[str, MetricEstimate]
    genres: tuple[GenreRow, ...]
    operating_points: dict[Rule, dict[str, float]]
    reliability: tuple[Bin, ...]
    slices: tuple[Slice, ...]


def metric_estimate(interval: Interval) -> MetricEstimate:
    """Turn an interval into its record, NaN becoming None."""
    value, low, high = (None if x != x else round(x, 6) for x in interval)
    return MetricEstimate(value=value, low=low, high=high)


class LabelledPredictions(NamedTuple):
    """Predictions of a model for N films, with the true genres.

    Attributes:
        ids: Ids of the N films.
        genres: G names.
        targets: ``(N, G)`` bool.
        probabilities: ``(N, G)`` float64.
    """

    ids: list[str]
    genres: tuple[str, ...]
    targets: Bools
    probabilities: Floats


@contextmanager
def evaluation_lock(path: Path) -> Iterator[None]:
    """Lock both files of an evaluation, before anything is computed.

    Args:
        path: ``.json``; the Parquet file is beside it.

    Raises:
        OutputError: The suffix is not ``.json``, or a file exists, or another process is writing
            it.
    """
    check_suffix(path, ".json")
    with output_locks(path, path.with_suffix(".parquet")):
        for file in (path, path.with_suffix(".parquet")):
            check_new_file(file)
        yield


def write_evaluation(evaluation: Evaluation, predictions: LabelledPredictions, path: Path) -> None:
    """Write the evaluation and, beside it as Parquet, the predictions.

    The predictions serve to compare two models film by film, and to compute other metrics.

    Raises:
        OutputError: Another suffix than ``.json``, or a file cannot be written.
    """
    columns: dict[str, pa.Array] = {"id": pa.array(predictions.ids, pa.string())}
    for g, name in enumerate(predictions.genres):
        columns[f"target:{name}"] = pa.array(predictions.targets[:, g])
        columns[f"probability:{name}"] = pa.array(predictions.probabilities[:, g])
    files = new_files(path, path.with_suffix(".parquet"))
    with evaluation_lock(path), files as (json_file, table_file):
        pq.write_table(pa.table(columns), table_file)
        json_file.write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_evaluation(path: Path) -> tuple[Evaluation, LabelledPredictions]:
    """Read what :func:`write_evaluation` wrote.

    Raises:
        UsageError: A file is missing or damaged.
    """
    try:
        evaluation = Evaluation.model_validate_json(path.read_bytes())
        table = pq.read_table(path.with_suffix(".parquet"))
        names = tuple(row.genre for row in evaluation.genres)
        targets, probabilities = (
            np.stack([table[f"{part}:{name}"].to_numpy() for name in names], axis=1)
            for part in ("target", "probability")
        )
        ids = table["id"].to_pylist()
    except (OSError, ValueError, KeyError) as error:  # errors of pydantic and Arrow are ValueErrors
        raise UsageError(
            "is not an evaluation with its predictions beside it",
            where=path,
            hint="write it again with posterplot evaluate",
        ) from error
    return evaluation, LabelledPredictions(ids, names, targets, probabilities)

"""The functions of the Python API. Each does what the command of the same name does."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from posterplot.errors import UsageError
from posterplot.evaluation_result import EvaluationResult, result_of
from posterplot.extras import needs_extra
from posterplot.films import SPLITS, Film, Modality, Rejected, Split
from posterplot.inference.bundle import load_bundle, shipped_bundle
from posterplot.inference.settings import with_settings
from posterplot.model import Model

if TYPE_CHECKING:  # importing datasets requires pyarrow
    from posterplot.dataset.reading import Dataset

_log = logging.getLogger("posterplot")

_Path = str | PathLike[str]
_Value = TypeVar("_Value")


def load(
    path: _Path | None = None,
    *,
    precision: float | None = None,
    recall: float | None = None,
    any_language: bool = False,
) -> Model:
    """Load a trained model.

    Args:
        path: Folder of a run or a bundle; None loads the model in the package.
        precision: Guaranteed precision, 0.5 to 0.99: at least this share of the predicted genres
            is right, with 90 % confidence, on films like those of validation.
        recall: Guaranteed recall, 0.5 to 0.99: at least this share of the true genres is
            predicted, with 90 % confidence, on films like those of validation.
        any_language: Read overviews in every language, also if the model was not measured in it.

    Raises:
        BundleError: The bundle is missing, altered, damaged or of a newer format.
        UsageError: The model cannot guarantee this precision or recall, or both are given.

    Examples:
        >>> import posterplot as pp
        >>> model = pp.load()
        >>> model.modalities
        ('poster', 'overview')

    """
    bundle = load_bundle(shipped_bundle() if path is None else Path(path))
    return Model(
        with_settings(bundle, precision=precision, recall=recall, any_language=any_language)
    )


def read_catalogue(
    path: _Path,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    allow_outside: bool = False,
    remote: bool = False,
    allow_private: bool = False,
) -> Iterator[Film | Rejected]:
    """Read the films of a catalogue, for :meth:`Model.predict_many`.

    Args:
        path: A table of films, such as a ``.csv`` file, or a folder.
        columns: Field -> column, for columns that are not found by their names:
            ``{"overview": "plot_en"}``.
        encoding: Encoding of the catalogue's text; None detects it.
        allow_outside: Read posters whose paths or links lead out of the catalogue's folder.
        remote: Fetch posters from ``http(s)://``, ``s3://`` and ``gs://`` addresses.
        allow_private: With ``remote``, posters may also come from this machine and its private
            network.

    Returns:
        An iterator with one item per row: the film, or why the row cannot be used. A column
        ``split`` is not read; :func:`prepare` does that.

    Raises:
        CatalogueError: The catalogue as a whole cannot be read.
        UsageError: A name in ``columns``, or ``encoding``, does not exist; or the catalogue is
            Parquet, and pyarrow is not installed.

    Examples:
        >>> import posterplot as pp
        >>> films = list(pp.read_catalogue("examples/films.csv"))
        >>> films[0].title
        'The Salt Ship'

    """
    from posterplot.catalogue import Access, open_catalogue
    from posterplot.library.as_catalogue import open_library

    with needs_extra("parquet"):
        opened = open_catalogue(
            Path(path),
            columns=_mapping(columns, "columns"),
            encoding=encoding,
            access=Access(allow_outside, remote, allow_private),
            library=open_library,
        )
        films = opened.films(splits=False)
        first = next(films)  # open it here, so that an unreadable catalogue fails in this call
    return chain([first], films)


def prepare(
    catalogue: _Path,
    out: _Path,
    *,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    labels: _Path | None = None,
    allow_outside: bool = False,
    remote: bool = False,
    allow_private: bool = False,
) -> "Dataset":
    """Check the films of a catalogue, split them, and store them as a dataset.

    Films, posters and overviews that cannot be used are counted in ``dataset.manifest.rejected``
    and listed in ``rejected.jsonl``. Needs ``posterplot[adapt]``.

    Args:
        catalogue: A table of films, such as a ``.csv`` file, or a folder.
        out: Dataset folder to create.
        seed: Seed of the split, 0 to 2³² - 1, if the catalogue has no split column.
        columns: Field -> column, for columns that are not found by their names:
            ``{"overview": "plot_en"}``.
        encoding: Encoding of the catalogue's text; None detects it.
        labels: File with the genres, such as ``title.basics.tsv`` of IMDb.
        allow_outside: Read posters whose paths or links lead out of the catalogue's folder.
        remote: Fetch posters from ``http(s)://``, ``s3://`` and ``gs://`` addresses.
        allow_private: With ``remote``, posters may also come from this machine and its private
            network.

    Returns:
        The dataset. ``dataset.table("train").to_pandas()`` gives a split as a data frame.

    Raises:
        CatalogueError: The catalogue as a whole cannot be read.
        OutputError: ``out`` exists already or cannot be written.
        UsageError: A name in ``columns``, or ``encoding``, does not exist; ``seed`` is out of
            range; or ``posterplot[adapt]`` is not installed.

    Examples:
        >>> import posterplot as pp
        >>> dataset = pp.prepare("films.csv", "dataset")
        >>> list(dataset.manifest.splits)
        ['train', 'validation', 'test']

    """
    with needs_extra("adapt"):
        from posterplot.catalogue import Access, open_catalogue
        from posterplot.dataset.prepare import prepare as run
        from posterplot.dataset.reading import open_dataset
        from posterplot.library.as_catalogue import open_library

        opened = open_catalogue(
            Path(catalogue),
            columns=_mapping(columns, "columns"),
            encoding=encoding,
            labels=None if labels is None else Path(labels),
            access=Access(allow_outside, remote, allow_private),
            library=open_library,
        )
    run(opened, Path(out), seed=seed)
    return open_dataset(Path(out))


def train(
    config: _Path,
    dataset: "Dataset | _Path",
    *,
    out: _Path,
    overrides: Mapping[str, Any] | None = None,
    resume: bool = False,
) -> Model:
    """Train a model and write its run. Needs ``posterplot[train]``.

    Progress is logged at level INFO by the logger ``posterplot``.

    Args:
        config: TOML file, or the name of a configuration in the package.
        dataset: Dataset returned by :func:`prepare`, or its folder.
        out: Run folder to create.
        overrides: ``section.key`` -> value, which replaces the value in the file.
        resume: Continue from the last checkpoint of the run.

    Returns:
        The trained model. ``load(out)`` loads it again.

    Raises:
        ConfigError: The configuration is wrong; the message lists every error.
        DatasetError: The dataset cannot be read, or has no films to train or validate on.
        OutputError: ``out`` exists already and ``resume`` is off, or it cannot be written.
        UsageError: ``posterplot[train]`` is not installed.

    Examples:
        >>> import posterplot as pp
        >>> model = pp.train("overview-tfidf", "dataset", out="runs/tfidf")
        >>> model.modalities
        ('overview',)

    """
    with needs_extra("train"):
        from posterplot.training.config.run_config import load_config
        from posterplot.training.run_folder import check_start

    changed = [
        f"{key}={_toml(key, value)}" for key, value in _mapping(overrides, "overrides").items()
    ]
    loaded = load_config(Path(config), changed)
    check_start(loaded, Path(out), resume=resume)
    with needs_extra("train"):
        from posterplot.training.train import train as run

    return Model(run(loaded, _opened(dataset), Path(out), resume=resume, log=_log.info))


def evaluate(
    model: Model | _Path,
    dataset: "Dataset | _Path",
    *,
    split: Split = "test",
    only: Modality | None = None,
) -> EvaluationResult:
    """Evaluate a model on a split, with 95 % bootstrap intervals. Needs ``posterplot[parquet]``.

    Args:
        model: Model returned by :func:`load` or :func:`train`, or the folder of a run or bundle.
        dataset: Dataset returned by :func:`prepare`, or its folder.
        split: Split to evaluate on: train, validation or test.
        only: Evaluate with ``"poster"`` or ``"overview"`` alone; ``"title"`` evaluates with the
            poster, and with the title in place of the overview.

    Raises:
        BundleError: The model cannot be loaded.
        DatasetError: The dataset cannot be read, or the split has no film that the model can read.
        UsageError: Unknown split; the model does not read ``only``; pyarrow is not installed.

    Examples:
        >>> import posterplot as pp
        >>> result = pp.evaluate("runs/tfidf", "dataset", split="test")
        >>> 0 <= result.overall["mAP"].low <= result.overall["mAP"].high <= 1
        True
        >>> result.genres[0]["genre"]
        'Action'

    """
    with needs_extra("parquet"):
        from posterplot.evaluation.evaluate import evaluate as measure
        from posterplot.evaluation.evaluate import predict_split

    if split not in SPLITS:
        raise UsageError(f"there is no split {split!r}", hint=f"use one of {', '.join(SPLITS)}")
    bundle = (model if isinstance(model, Model) else load(model)).bundle
    opened = _opened(dataset)
    no_progress: Callable[[int], None] = lambda films: None  # noqa: E731
    predicted = predict_split(bundle, opened, split, no_progress, only)
    return result_of(measure(bundle, opened, split, predicted))


def _opened(dataset: "Dataset | _Path") -> "Dataset":
    with needs_extra("parquet"):
        from posterplot.dataset.reading import Dataset, open_dataset

    return dataset if isinstance(dataset, Dataset) else open_dataset(Path(dataset))


def _mapping(values: Mapping[str, _Value] | None, argument: str) -> Mapping[str, _Value]:
    if values is not None and not isinstance(values, Mapping):
        what = f"is of the type {type(values).__name__}"
        raise UsageError(what, argument=argument, hint="give a dict")
    return values or {}


def _toml(key: str, value: object) -> str:
    """Return a value as TOML; JSON writes numbers, strings, booleans and lists in the same way."""

    def plain(other: object) -> object:
        if isinstance(other, PathLike):
            return str(other)
        if hasattr(other, "tolist"):  # a NumPy scalar or array
            return other.tolist()
        raise TypeError(f"{type(other).__name__} is no value of a configuration")

    try:
        return json.dumps(value, ensure_ascii=False, default=plain)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{key}: {error}", argument="overrides", hint="give numbers, strings or lists of them"
        ) from error

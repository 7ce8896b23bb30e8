"""Train one model per fold, and predict each training film with the model that has not seen it.

::

    out/
      fold-1/ … fold-K/     runs
      out-of-fold.parquet   predictions of every training film that the models can read
"""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from posterplot.dataset.folds import Fold, make_folds
from posterplot.dataset.reading import Dataset
from posterplot.errors import ConfigError, OutputError
from posterplot.files import output_lock
from posterplot.inference.bundle import RUN_CONFIG, Bundle, load_bundle
from posterplot.inference.prediction_files import PredictionRow, prediction_rows, write_rows
from posterplot.inference.predictor import Predictor
from posterplot.locks import is_vacant
from posterplot.progress import Progress, no_progress
from posterplot.training.config.run_config import Config, LateFusionConfig, NetworkConfig
from posterplot.training.package.package import BUNDLE
from posterplot.training.run_folder import check_start
from posterplot.training.train import train

PREDICTIONS = "out-of-fold.parquet"


def train_folds(
    config: Config,
    dataset: Dataset,
    out: Path,
    folds: int,
    *,
    resume: bool = False,
    log: Callable[[str], None] = lambda _: None,
    progress: Progress = no_progress,
) -> Path:
    """Train a configuration once per fold of the training films, and write their predictions.

    Every model is validated and calibrated on the dataset's validation films.

    Args:
        config: Configuration of the model.
        dataset: Dataset with train and validation films.
        out: The folder to create.
        folds: K, at least 2.
        resume: Whether to continue: finished folds stay, and one that was started is resumed.
        log: Called with each line of progress.
        progress: Shows how many films are predicted.

    Returns:
        The file of predictions, which ``audit --predictions`` and ``distillation.predictions``
        read.

    Raises:
        ConfigError: The configuration starts from models that have seen all training films, or
            folds were trained with another one.
        OutputError: ``out`` exists and ``resume`` is off, another process is writing it, or it
            cannot be written.
        DatasetError: There are too few films.

    """
    _check_unseen(config)
    if isinstance(config, NetworkConfig) and config.fit.processes > 1:
        raise ConfigError(
            "folds are trained one after the other on one device",
            where="fit.devices",
            hint="set fit.devices and fit.nodes to 1",
        )
    with output_lock(out):
        return _train_folds(config, dataset, out, folds, resume, log, progress)


def _train_folds(
    config: Config,
    dataset: Dataset,
    out: Path,
    folds: int,
    resume: bool,
    log: Callable[[str], None],
    progress: Progress,
) -> Path:
    predictions = out / PREDICTIONS
    if not resume and out.exists() and (out.is_file() or not is_vacant(out)):
        raise OutputError(
            "exists already", where=out, hint="give another folder, or continue with `resume=True`"
        )
    if predictions.exists():
        raise OutputError("exists already", where=predictions, hint="there is nothing to resume")
    parts: list[tuple[Fold, Bundle]] = []
    for number, fold in enumerate(make_folds(dataset, folds, config.seed), start=1):
        run = out / f"fold-{number}"
        films = len(fold.held_out)
        # a fold that was killed before it wrote this file has left nothing
        started = resume and (run / RUN_CONFIG).is_file()
        if started:  # also if it is finished: another seed makes other folds
            check_start(config, run, resume=True)
        if (run / BUNDLE).is_dir():
            bundle = load_bundle(run)
            log(f"fold {number} of {folds} is finished")
        else:
            log(f"fold {number} of {folds}: {films:,} films are held out")
            bundle = train(config, fold, run, resume=started, log=log, progress=progress)
        if bundle.manifest.provenance["dataset"] != fold.manifest.fingerprint:
            raise OutputError(
                "is of another dataset or another number of folds", where=run, hint="remove it"
            )
        parts.append((fold, bundle))
    total = sum(len(fold.held_out) for fold, _ in parts)
    with progress("predicting", total) as advance:
        rows = chain.from_iterable(_rows(fold, bundle, advance) for fold, bundle in parts)
        write_rows(rows, predictions, dataset.vocabulary.names)
    return predictions


def _rows(fold: Fold, bundle: Bundle, advance: Callable[[int], None]) -> Iterator[PredictionRow]:
    for row in prediction_rows(Predictor(bundle).predict(fold.held_out_films())):
        advance(1)
        yield row


def _check_unseen(config: Config) -> None:
    """Refuse parts that were trained on the films of a fold."""
    if isinstance(config, LateFusionConfig):
        raise ConfigError(
            "its two models have seen all training films, so no fold would be held out",
            where="kind",
            hint="train a network or tfidf in folds",
        )
    if isinstance(config, NetworkConfig):
        start = config.init_from
        if any(run is not None for run in (start.poster, start.overview, start.head)):
            raise ConfigError(
                "these runs have seen all training films, so no fold would be held out",
                where="init_from",
                hint="remove the section",
            )

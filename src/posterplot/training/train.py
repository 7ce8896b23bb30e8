"""Train a model from a configuration and a dataset.

::

    run/
      config.toml     the configuration with all defaults filled in
      history.csv     metrics, one row per epoch (networks)
      timing.json     share of the time that the last call waited for films (networks)
      checkpoints/    best.ckpt, and last.ckpt, from which a resumed training continues (networks)
      bundle/         the finished model
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError
from posterplot.files import discard_folder, output_lock
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.progress import Progress, no_progress
from posterplot.training.config.run_config import Config, NetworkConfig, TfidfConfig
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.package.package import BUNDLE, package
from posterplot.training.processes import run_processes
from posterplot.training.ranks import ALONE, Rank, rank_from_environment
from posterplot.training.run_folder import open_run
from posterplot.training.validation_genres import check_validation_genres


def train(
    config: Config,
    dataset: Dataset,
    out: Path,
    *,
    resume: bool = False,
    log: Callable[[str], None] = lambda _: None,
    progress: Progress = no_progress,
) -> Bundle:
    """Train the model of a configuration, and write its run.

    With several devices, the training runs in as many new processes. A script that calls this must
    then be safe to import (``if __name__ == "__main__":``). If ``torchrun`` or ``srun`` has started
    the processes, each of them calls this.

    Args:
        config: Configuration of the model.
        dataset: Dataset with train and validation films.
        out: Folder of the run. It must not exist unless ``resume`` is given.
        resume: Whether to continue a run from its last checkpoint, or from the beginning if the
            program was killed before the first one. ``fit.epochs`` may be larger than it was;
            everything else must be as it was.
        log: Called with each line of progress.
        progress: Shows how many films are encoded, if encoders are frozen.

    Returns:
        The finished bundle.

    Raises:
        SystemExit: This process is not the first of those that ``torchrun`` or ``srun`` has
            started, and it has done its part.
        OutputError: ``out`` exists and ``resume`` is off, another process is writing it, or it
            cannot be written.
        ConfigError: The run was started with another configuration, or a part of it does not fit.
        DatasetError: There are no films to train or validate on.

    """
    for split in ("train", "validation"):
        if split not in dataset.manifest.splits:
            raise DatasetError(
                f"has no {split} films",
                where=dataset.path,
                hint="prepare a catalogue with more films, or fix its split column",
            )
    check_validation_genres(dataset.manifest.splits["validation"].genres, dataset)
    fit = config.fit if isinstance(config, NetworkConfig) else None
    rank = rank_from_environment(fit) if fit else None
    if rank and not rank.is_first:  # the first process holds the lock of the run, and writes it
        _train_part(config, dataset, out, resume, no_progress, rank, _say_nothing)
        raise SystemExit(0)
    with output_lock(out):
        open_run(config, out, resume=resume)
        try:
            if fit and fit.processes > 1 and rank is None:
                part = partial(_train_part, config, dataset, out, resume, no_progress)
                run_processes(part, fit.processes, log)
            else:
                _train_part(config, dataset, out, resume, progress, rank or ALONE, log)
            return load_bundle(out / BUNDLE)
        except BaseException:
            if not resume and not (out / "checkpoints" / "last.ckpt").is_file():
                discard_folder(out)  # there is nothing to resume from
            raise


def _say_nothing(_: str) -> None:
    """Print nothing: only the first process prints."""


def _train_part(
    config: Config,
    dataset: Dataset,
    out: Path,
    resume: bool,
    progress: Progress,
    rank: Rank,
    log: Callable[[str], None],
) -> None:
    """Train as one of several processes, or alone. The first process packages the model."""
    model = _train_family(config, dataset, out, resume, log, progress, rank)
    if model is not None:
        package(config, dataset, out / BUNDLE, model, log)


def _train_family(
    config: Config,
    dataset: Dataset,
    out: Path,
    resume: bool,
    log: Callable[[str], None],
    progress: Progress,
    rank: Rank,
) -> TrainedModel | None:
    if isinstance(config, NetworkConfig):
        from posterplot.training.loop.fit import fit_network

        return fit_network(
            config, dataset, out, resume=resume, log=log, progress=progress, rank=rank
        )
    if isinstance(config, TfidfConfig):
        from posterplot.training.families.tfidf import train_tfidf

        return train_tfidf(config, dataset, log)
    from posterplot.training.families.late_fusion import train_late_fusion

    return train_late_fusion(config, dataset, log)

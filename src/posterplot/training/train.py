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
from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.files import check_link, discard_folder, new_file, output_lock
from posterplot.inference.bundle import RUN_CONFIG, Bundle, load_bundle
from posterplot.locks import is_vacant
from posterplot.progress import Progress, no_progress
from posterplot.training.config.run_config import (
    Config,
    NetworkConfig,
    TfidfConfig,
    load_config,
    save_config,
)
from posterplot.training.config.section import flat
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.package.package import BUNDLE, package
from posterplot.training.processes import run_processes
from posterplot.training.ranks import ALONE, Rank, rank_from_environment
from posterplot.training.validation_genres import check_validation_genres

_EPOCHS = "fit.epochs"  # a resumed run may increase it
_LOGGERS = "fit.loggers"  # a resumed run may change them


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
        resume: Whether to continue a run from its last checkpoint, or from the beginning if it has
            none yet. ``fit.epochs`` may be larger than it was; everything else must be as it was.
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
        _open_run(config, out, resume)
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


def _open_run(config: Config, out: Path, resume: bool) -> None:
    saved = out / RUN_CONFIG
    if resume:
        if not saved.is_file():
            raise OutputError("is not a run to resume", where=out, hint="train without resuming")
        try:
            before = flat(load_config(saved).model_dump(mode="json", exclude_none=True))
        except ConfigError as error:
            raise OutputError("is damaged", where=saved, hint="start a new run") from error
        now = flat(config.model_dump(mode="json", exclude_none=True))
        changed = [k for k in sorted({*before, *now}) if before.get(k) != now.get(k)]
        longer = _EPOCHS in changed and now[_EPOCHS] > before[_EPOCHS]
        if changed and set(changed) <= {_LOGGERS, *([_EPOCHS] if longer else ())}:
            _save(config, out)
        elif changed:
            changes = "; ".join(
                f"{k} was {before.get(k, 'not set')} and is {now.get(k, 'not set')}"
                for k in changed
            )
            raise ConfigError(
                f"the run was started with another configuration: {changes}",
                where=out,
                hint=f"resume with the run's own config.toml (only {_EPOCHS} may be raised), or "
                "start a new run",
            )
        return
    check_link(out)
    if out.is_file() or (out.is_dir() and not is_vacant(out)):
        raise OutputError(
            "exists already", where=out, hint="give another folder, or resume the run"
        )
    _save(config, out)


def _save(config: Config, out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        with new_file(out / RUN_CONFIG, replace=True) as temporary:
            save_config(config, temporary)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=out, hint="give another place"
        ) from error

"""Check whether a training can start in its folder, without PyTorch, and open the folder."""

from contextlib import nullcontext
from pathlib import Path

from posterplot.errors import ConfigError, OutputError
from posterplot.files import check_link, new_file, output_lock, writing
from posterplot.inference.bundle import RUN_CONFIG
from posterplot.locks import is_vacant
from posterplot.training.config.run_config import (
    Config,
    LateFusionConfig,
    NetworkConfig,
    load_config,
    save_config,
)
from posterplot.training.config.section import flat
from posterplot.training.families.late_fusion_parts import load_parts
from posterplot.training.other_runs import check_exist
from posterplot.training.ranks import rank_from_environment

_EPOCHS = "fit.epochs"  # a resumed run may increase it
# A resumed run may change these: they do not affect the weights.
_FREE = {"fit.loggers", "fit.workers"}


def check_start(config: Config, out: Path, *, resume: bool) -> None:
    """Refuse a training that cannot start, before PyTorch is loaded, which takes up to a minute.

    Args:
        config: Configuration of the model.
        out: Folder of the run.
        resume: Whether to continue a run.

    Raises:
        OutputError: ``out`` exists and ``resume`` is off, is no run and ``resume`` is on, or
            another process is writing it.
        ConfigError: The run was started with another configuration, a run in ``[init_from]`` does
            not exist, or the models that late fusion fuses are missing or do not fit.

    """
    rank = rank_from_environment(config.fit) if isinstance(config, NetworkConfig) else None
    if rank is None or rank.is_first:  # the first process may have created the run already
        with writing(out):
            exists = out.exists()
        with output_lock(out) if exists else nullcontext():
            _check_run(config, out, resume=resume)
    if isinstance(config, LateFusionConfig):
        load_parts(config)
    if isinstance(config, NetworkConfig) and not resume:
        start = config.init_from
        runs = {"poster": start.poster, "overview": start.overview, "head": start.head}
        check_exist({f"init_from.{part}": run for part, run in runs.items()})


def open_run(config: Config, out: Path, *, resume: bool) -> None:
    """Create the folder of a run with its configuration, or open that of a run to resume.

    Args:
        config: Configuration of the model.
        out: Folder of the run.
        resume: Whether to continue a run.

    Raises:
        OutputError: ``out`` exists and ``resume`` is off, is no run and ``resume`` is on, or
            cannot be written.
        ConfigError: The run was started with another configuration.

    """
    if _check_run(config, out, resume=resume):
        _save(config, out)


def _check_run(config: Config, out: Path, *, resume: bool) -> bool:
    """Return whether the configuration of the run must be written."""
    if resume:
        return _check_resumed(config, out)
    check_link(out)
    if out.is_file() or (out.is_dir() and not is_vacant(out)):
        raise OutputError(
            "exists already", where=out, hint="give another folder, or resume the run"
        )
    return True


def _check_resumed(config: Config, out: Path) -> bool:
    """Return whether the configuration has changed in a way that is allowed."""
    saved = out / RUN_CONFIG
    if not saved.is_file():
        raise OutputError(
            "is not a run to resume: a training that stops before its first checkpoint keeps "
            "nothing",
            where=out,
            hint="start it without `resume=True`",
        )
    try:
        before = flat(load_config(saved).model_dump(mode="json", exclude_none=True))
    except ConfigError as error:
        raise OutputError("is damaged", where=saved, hint="start a new run") from error
    now = flat(config.model_dump(mode="json", exclude_none=True))
    changed = [k for k in sorted({*before, *now}) if before.get(k) != now.get(k)]
    longer = _EPOCHS in changed and now[_EPOCHS] > before[_EPOCHS]
    if set(changed) <= {*_FREE, *([_EPOCHS] if longer else ())}:
        return bool(changed)
    changes = "; ".join(
        f"{k} was {before.get(k, 'not set')} and is {now.get(k, 'not set')}" for k in changed
    )
    raise ConfigError(
        f"the run was started with another configuration: {changes}",
        where=out,
        hint=f"resume with the run's own config.toml (only {_EPOCHS} may be raised), or "
        "start a new run",
    )


def _save(config: Config, out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        with new_file(out / RUN_CONFIG, replace=True) as temporary:
            save_config(config, temporary)
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}", where=out, hint="give another place"
        ) from error

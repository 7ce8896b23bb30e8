"""Create the experiment trackers of ``fit.loggers``, with Lightning's loggers."""

import os
from collections.abc import Callable
from pathlib import Path

from lightning.pytorch.loggers import (
    CSVLogger,
    Logger,
    MLFlowLogger,
    TensorBoardLogger,
    WandbLogger,
)

from posterplot.errors import ConfigError
from posterplot.extras import install_command
from posterplot.training.config.fit import LoggerName
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.config.section import flat

_PROJECT = "posterplot"  # project of W&B, and experiment of MLflow


def make_loggers(config: NetworkConfig, out: Path) -> list[Logger]:
    """Return the loggers of a training, with its configuration as their hyperparameters.

    These are all trackers except ``history.csv``. They write to the run, unless the environment
    names a server: ``MLFLOW_TRACKING_URI``, and whatever W&B reads, such as ``WANDB_MODE=offline``.

    Args:
        config: Configuration of the network.
        out: Folder of the run.

    Raises:
        ConfigError: A tracker is not installed.

    """
    makers: dict[LoggerName, Callable[[], Logger]] = {
        "csv": lambda: CSVLogger(out, name="csv"),
        "tensorboard": lambda: TensorBoardLogger(
            out, name="tensorboard", version="", default_hp_metric=False
        ),
        "wandb": lambda: WandbLogger(config.name, save_dir=out, project=_PROJECT),
        "mlflow": lambda: _mlflow(config.name, out),
    }
    loggers = []
    for name in config.fit.loggers:
        try:
            loggers.append(makers[name]())
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"{name} is not installed", where="fit.loggers", hint=install_command("loggers")
            ) from error
        loggers[-1].log_hyperparams(flat(config.model_dump(mode="json", exclude_none=True)))
    return loggers


def _mlflow(name: str, out: Path) -> MLFlowLogger:
    if "MLFLOW_TRACKING_URI" in os.environ:
        return MLFlowLogger(_PROJECT, name, os.environ["MLFLOW_TRACKING_URI"])
    # a database, because MLflow no longer writes plain files
    files = (out / "mlartifacts").resolve().as_uri()
    return MLFlowLogger(
        _PROJECT, name, f"sqlite:///{out.resolve() / 'mlflow.db'}", artifact_location=files
    )

"""Create Lightning's trainer from a configuration."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    ModelCheckpoint,
    ProgressBar,
)
from lightning.pytorch.plugins import LayerSync
from lightning.pytorch.strategies import DDPStrategy
from timm.layers.norm_act import convert_sync_batchnorm

from posterplot.errors import ConfigError
from posterplot.training.config.fit import FitConfig
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.loop.averaging import MovingAverage
from posterplot.training.loop.checkpoint_files import CheckpointFiles
from posterplot.training.loop.loggers import make_loggers
from posterplot.training.loop.own_signals import OwnSignals
from posterplot.training.loop.precision import training_device, usable_precision
from posterplot.training.loop.waiting_time import WaitingTime
from posterplot.training.ranks import Rank

# Time that the other processes wait while the first checks the export of the network.
_LONGEST_WAIT = timedelta(minutes=60)


def make_trainer(
    config: NetworkConfig,
    out: Path,
    checkpoints: list[ModelCheckpoint],
    epochs: Callback,
    signals: OwnSignals,
    waiting: WaitingTime,
    rank: Rank,
) -> lightning.Trainer:
    """Return the trainer of a run.

    Args:
        config: Configuration of the network and the loop.
        out: Folder of the run.
        checkpoints: Callbacks that write the checkpoints.
        epochs: Callback that shows the epochs.
        signals: Callback that keeps the program's signal handlers.
        waiting: Callback that measures the time spent waiting for data.
        rank: Rank of this process.

    Raises:
        ConfigError: An experiment tracker is not installed, or the machine has not the devices.

    """
    fit = config.fit
    check_devices(fit)
    loggers = make_loggers(config, out) if rank.is_first else []
    # before the checkpoints, so that these keep the averaged weights
    averaging = []
    if fit.ema_decay:
        # with a device, because the averages would otherwise stay on the CPU
        averaging.append(MovingAverage(training_device(fit), fit.ema_decay))
    callbacks: list[Callback] = [
        *averaging,
        *checkpoints,
        EarlyStopping("validation_mAP", mode="max", patience=fit.patience),
        _StayStopped(),
        epochs,
        signals,
        waiting,
    ]
    devices: dict[str, Any] = {"devices": 1}
    plugins: list[Any] = [CheckpointFiles()]
    if fit.processes > 1:
        devices = {
            "devices": fit.devices,
            "num_nodes": fit.nodes,
            "strategy": DDPStrategy(
                timeout=_LONGEST_WAIT,
                # An encoder is unused if no film of a batch has its input. Some encoders also have
                # layers after the features that the head reads, such as ConvNeXt's last norm.
                find_unused_parameters=True,
            ),
            "use_distributed_sampler": False,
        }
        plugins.append(_environment())
        # if posters may be absent, a process may have too few of them for batch normalisation
        if training_device(fit).type == "cuda" and config.overview is None:
            plugins.append(SyncedBatchNorm())
    else:  # a task of a SLURM job may be a training of its own; Lightning would take it for a part
        plugins.append(LightningEnvironment())
        # read from the variables of SLURM; loggers write nothing unless it is 0
        rank_zero_only.rank = 0  # type: ignore[attr-defined]
    try:
        return lightning.Trainer(
            accelerator=fit.accelerator,
            precision=usable_precision(fit),
            max_epochs=fit.epochs,
            gradient_clip_val=fit.gradient_clip or None,
            callbacks=callbacks,
            logger=loggers,
            enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in callbacks),
            plugins=plugins,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            reload_dataloaders_every_n_epochs=1,
            default_root_dir=out,
            log_every_n_steps=1,
            **devices,
        )
    except (ValueError, RuntimeError, MisconfigurationException) as error:
        raise ConfigError(str(error).splitlines()[0], where="fit.accelerator") from error


def check_devices(fit: FitConfig) -> None:
    """Refuse more devices than the machine has. Any number of processes may share a CPU.

    Raises:
        ConfigError: The machine has fewer devices than the configuration asks for.

    """
    device = training_device(fit)
    if device.type == "cpu" or fit.devices == 1:
        return
    count = torch.accelerator.device_count()
    if fit.devices > count:
        raise ConfigError(
            f"is {fit.devices}, and this machine has {count} of {device.type}",
            where="fit.devices",
            hint=f"set it to {count} or less, or train on the processor: fit.accelerator=cpu",
        )


def _environment() -> ClusterEnvironment:
    """Return the environment from which Lightning reads the rank of this process."""
    if TorchElasticEnvironment.detect():
        return TorchElasticEnvironment()
    if "LOCAL_RANK" in os.environ:  # set by posterplot.training.processes
        return LightningEnvironment()
    # Lightning would requeue jobs itself, with a checkpoint in the middle of an epoch
    return SLURMEnvironment(auto_requeue=False)


class _StayStopped(Callback):
    """Ends a resumed training at once if early stopping has ended it before.

    Lightning restores the count of early stopping, but trains an epoch before it looks at it.
    """

    def on_fit_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Stop if the patience is used up."""
        stopping = trainer.early_stopping_callback
        if isinstance(stopping, EarlyStopping) and stopping.wait_count >= stopping.patience:
            trainer.should_stop = True


class SyncedBatchNorm(LayerSync):
    """Computes the statistics of batch normalisation over all GPUs.

    timm converts the layers, because PyTorch's own conversion would lose the activation that timm's
    layers include. The converted layers are kept, because they give the same predictions.
    """

    def apply(self, model: torch.nn.Module) -> torch.nn.Module:
        """Replace the layers of a model."""
        return convert_sync_batchnorm(model)  # type: ignore[no-untyped-call, no-any-return]

    def revert(self, model: torch.nn.Module) -> torch.nn.Module:
        """Return the model as it is."""
        return model


@contextmanager
def quiet() -> Iterator[None]:
    """Hide Lightning's messages about itself."""
    levels = {logging.getLogger(f"lightning.{part}"): 0 for part in ("pytorch", "fabric")}
    for logger in levels:
        levels[logger] = logger.level
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in (
                ".*treespec, LeafSpec.*",  # about how Lightning uses torch
                ".*exists and is not empty.*",  # expected when resuming
                ".*does not have many workers.*",  # the user sets fit.workers
                # depends on the batch
                ".*find_unused_parameters=True was specified in DDP constructor.*",
                r".*module\(s\) in eval mode at the start.*",  # about frozen parts
            ):
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)

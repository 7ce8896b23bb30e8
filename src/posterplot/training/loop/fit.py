"""The training loop of networks: Lightning's, with what we ask of it."""

import importlib.util
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import lightning
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    EMAWeightAveraging,
    ModelCheckpoint,
    RichProgressBar,
)
from lightning.pytorch.loggers import Logger, TensorBoardLogger

from posterplot.dataset.reading import Dataset
from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.networks import make_loss
from posterplot.training.build.network import make_network, parameter_groups
from posterplot.training.checkpoints import read_checkpoint
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.config.sections import FitConfig
from posterplot.training.data.batches import steps_an_epoch
from posterplot.training.data.selection import FilmData, read_films
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.loop.history_logger import HistoryLogger
from posterplot.training.loop.module import GenreModule
from posterplot.training.loop.precision import training_device, usable_precision
from posterplot.training.loop.waiting_time import WaitingTime
from posterplot.training.package.export import export_network
from posterplot.training.package.quantize import quantize

ENCODED = "encoded"  # the folder in a dataset where films encoded by frozen encoders are kept


def fit_network(
    config: NetworkConfig, dataset: Dataset, out: Path, *, resume: bool, say: Callable[[str], None]
) -> TrainedModel:
    """Train a network, keep its best epoch by validation mAP, and export that.

    Args:
        config: of the network and the loop.
        dataset: with films that have the network's modality in train and validation.
        out: the run's folder.
        resume: whether to go on from ``checkpoints/last.ckpt``.
        say: told what is worth knowing.

    Raises:
        DatasetError: no film to train or validate on has the modality.
        OutputError: there is no checkpoint to resume from.

    """
    last = out / "checkpoints" / "last.ckpt"
    if resume:
        _check_checkpoint(last, dataset)
    films = read_films(config, dataset, say)
    share = films.targets.mean(dim=0)
    network, tokenizer = make_network(
        config, films.train_overviews, share, dataset.manifest.fingerprint
    )
    data = FilmData(config, films, network, tokenizer, dataset.path / ENCODED)
    module = GenreModule(
        network,
        make_loss(config.loss.kind, share),
        config.fit,
        groups=parameter_groups(network, config),
        genres=len(dataset.vocabulary),
        # not Lightning's estimate, for which it reads films before it knows the epoch to resume
        steps_an_epoch=steps_an_epoch(len(films.train), config.fit.batch_size),
        dataset=dataset.manifest.fingerprint,
        seed=config.seed,
        mixup=config.augmentation.mixup,
    )
    # both at the end of an epoch, so that a checkpoint is of a whole one
    checkpoint = partial(
        ModelCheckpoint, last.parent, save_on_train_epoch_end=True, enable_version_counter=False
    )
    best = checkpoint("best", monitor="validation_mAP", mode="max")
    latest = checkpoint("last")
    encoders = network.poster, network.overview
    if config.fit.frozen:  # films are encoded already: spare averages and checkpoints their weight
        network.poster = network.overview = None
    # Lightning trains as it finds: what encoded films, or was loaded, is in eval mode
    network.train()
    with _quiet():
        waiting = WaitingTime()
        trainer = _trainer(config, out, [best, latest], waiting)
        try:
            trainer.fit(
                module, datamodule=data, ckpt_path=last if resume else None, weights_only=True
            )
        except SystemExit as error:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from error
    kept = read_checkpoint(Path(best.best_model_path))
    module.load_state_dict(kept["state_dict"])
    network.poster, network.overview = encoders
    say(f"best epoch {kept['epoch'] + 1} of {trainer.current_epoch} by validation mAP")
    say(f"{waiting.share:.1%} of the time of training steps was waiting for films")
    waiting.write(out)
    graph = export_network(network.cpu(), poster=data.poster, overview=data.overview)
    return TrainedModel(
        graph=quantize(graph) if config.export.int8 else graph,
        tokenizer=tokenizer.to_str() if tokenizer else None,
        poster=data.poster,
        overview=data.overview,
        train_films=len(films.targets),
        notes={
            "best_epoch": kept["epoch"] + 1,
            "epochs": trainer.current_epoch,
            "films_of_teachers_alone": len(films.train) - len(films.targets),
            "parameters": sum(p.numel() for p in network.parameters()),
        },
        held_out={},
        titles=not config.fit.frozen and data.overview is not None and data.overview.title,
    )


def _check_checkpoint(last: Path, dataset: Dataset) -> None:
    """Refuse to resume from what is not there, damaged, of another dataset, or of another place."""
    run = last.parent.parent
    if not last.is_file():
        raise OutputError(
            "has no checkpoint to resume from", where=run, hint="remove it and train anew"
        )
    try:
        state = read_checkpoint(last)
        trained_on = state["dataset"]
        places = {c["dirpath"] for c in state["callbacks"].values() if "dirpath" in c}
    except Exception as error:  # torch and pickle raise whatever the bytes lead them to
        raise OutputError("is damaged", where=last, hint="remove the run and train anew") from error
    if trained_on != dataset.manifest.fingerprint:
        raise DatasetError(
            "is not the dataset that the run was begun with",
            where=dataset.path,
            hint="resume with that one, or begin a new run",
        )
    if any(Path(place).resolve() != last.parent.resolve() for place in places):
        # Lightning would forget which epoch was the best
        raise OutputError(
            "was moved since it was begun",
            where=run,
            hint=f"move it back to {Path(min(places)).parent} to resume it",
        )


def _trainer(
    config: NetworkConfig, out: Path, checkpoints: list[ModelCheckpoint], waiting: WaitingTime
) -> lightning.Trainer:
    fit = config.fit
    loggers: list[Logger] = [HistoryLogger(out / "history.csv")]
    if importlib.util.find_spec("tensorboard"):
        loggers.append(TensorBoardLogger(out, name="tensorboard", version=""))
    # before the checkpoints, which would otherwise keep weights that are not averaged
    ema_decay = []
    if fit.ema_decay:
        # said where, or the averages stay on the CPU, where the network is when it is first seen
        ema_decay.append(EMAWeightAveraging(training_device(fit), decay=fit.ema_decay))
    callbacks: list[Callback] = [
        *ema_decay,
        *checkpoints,
        EarlyStopping("validation_mAP", mode="max", patience=fit.patience),
        RichProgressBar(leave=False),
        waiting,
    ]
    try:
        return _make_trainer(fit, out, callbacks, loggers)
    except (ValueError, RuntimeError, MisconfigurationException) as error:
        raise ConfigError(str(error).splitlines()[0], where="fit.accelerator") from error


def _make_trainer(
    fit: FitConfig, out: Path, callbacks: list[Callback], loggers: list[Logger]
) -> lightning.Trainer:
    return lightning.Trainer(
        accelerator=fit.accelerator,
        devices=1,
        precision=usable_precision(fit),
        max_epochs=fit.epochs,
        gradient_clip_val=fit.gradient_clip or None,
        callbacks=callbacks,
        logger=loggers,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        default_root_dir=out,
        log_every_n_steps=1,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Lightning says of itself from the user; everything else still comes through."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in (
                ".*treespec, LeafSpec.*",  # its own use of torch
                ".*exists and is not empty.*",  # of course it does, when resuming
                ".*does not have many workers.*",  # [fit] workers is the user's choice
                r".*module\(s\) in eval mode at the start.*",  # what is frozen stays frozen
            ):
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        logger.setLevel(level)

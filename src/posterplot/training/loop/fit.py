"""The training loop of networks, by Lightning."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import lightning
import platformdirs
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    EMAWeightAveraging,
    ModelCheckpoint,
    ProgressBar,
)
from lightning.pytorch.loggers import Logger

from posterplot.dataset.reading import Dataset
from posterplot.errors import ConfigError
from posterplot.files import scratch_folder
from posterplot.networks import GenreNetwork, make_loss
from posterplot.progress import Progress, no_progress
from posterplot.training.build.network import make_network, parameter_groups
from posterplot.training.checkpoints import read_checkpoint
from posterplot.training.config.encoders import TimmConfig, TransformerConfig
from posterplot.training.config.fit import FitConfig
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.data.batches import steps_per_epoch
from posterplot.training.data.film_data import FilmData
from posterplot.training.data.selection import read_films
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.loop.checkpoint_files import (
    BEST,
    LAST,
    CheckpointFiles,
    check_datasets,
    read_last,
)
from posterplot.training.loop.epochs import epoch_callback
from posterplot.training.loop.history import History
from posterplot.training.loop.loggers import make_loggers
from posterplot.training.loop.module import GenreModule
from posterplot.training.loop.precision import training_device, usable_precision
from posterplot.training.loop.waiting_time import WaitingTime
from posterplot.training.package.export import check_export, export_network
from posterplot.training.package.quantize import quantize
from posterplot.wording import percent


def fit_network(
    config: NetworkConfig,
    dataset: Dataset,
    out: Path,
    *,
    resume: bool,
    say: Callable[[str], None],
    progress: Progress = no_progress,
) -> TrainedModel:
    """Train a network and export its best epoch by validation mAP.

    Args:
        config: of the network and the loop.
        dataset: its train and validation films must have a modality that the network reads.
        out: folder of the run.
        resume: whether to continue from ``checkpoints/last.ckpt``, or ``best.ckpt`` if that is
            damaged. Without either, the training begins anew.
        say: called with each line of progress.
        progress: shows how many films are encoded, if encoders are frozen.

    Raises:
        DatasetError: there are no films to train or validate on.
        ConfigError: a part of the network is not available, does not fit or cannot be exported;
            training diverged; or a process that reads films was killed.
        OutputError: the checkpoints are damaged, or cannot be written.

    """
    folder = out / "checkpoints"
    begun = read_last(folder, say) if resume else None
    films = read_films(config, dataset, say)
    fingerprints = dataset.manifest.fingerprint, *films.sources
    if begun is not None:
        check_datasets(begun, dataset, fingerprints, out)
    share = films.targets.mean(dim=0)
    network, tokenizer = make_network(config, films.train_overviews, share, fingerprints[0])
    data = FilmData(config, films, network, tokenizer, _encoded_folder(config, say), progress)
    if begun is None:
        _check_export(config, network, data)
    history = History(out / "history.csv", begun.history if begun else ())
    history.write()  # that on the disk may be an epoch ahead
    module = GenreModule(
        network,
        make_loss(config.loss.kind, share),
        config.fit,
        groups=parameter_groups(network, config),
        genres=len(dataset.vocabulary),
        # not Lightning's estimate, which reads films before the epoch to resume is known
        steps_per_epoch=steps_per_epoch(len(films.train), config.fit.batch_size),
        datasets=fingerprints,
        seed=config.seed,
        mixup=config.augmentation.mixup,
        history=history,
    )
    # both at the end of an epoch, so that a checkpoint is of a whole one
    checkpoint = partial(
        ModelCheckpoint, folder, save_on_train_epoch_end=True, enable_version_counter=False
    )
    best = checkpoint(Path(BEST).stem, monitor="validation_mAP", mode="max")
    latest = checkpoint(Path(LAST).stem)
    encoders = network.poster, network.overview
    if config.fit.frozen:  # films are encoded already, so encoders need not be in checkpoints
        network.poster = network.overview = None
    # Lightning keeps the mode of every module, and encoding and exporting left them in eval mode
    network.train()
    with _quiet():
        waiting = WaitingTime()
        trainer = _trainer(config, out, [best, latest], epoch_callback(say), waiting)
        try:
            trainer.fit(
                module,
                datamodule=data,
                ckpt_path=begun.path if begun else None,
                weights_only=True,
            )
        except SystemExit as error:  # Lightning's reaction to Ctrl-C
            raise KeyboardInterrupt from error
        except RuntimeError as error:
            if config.fit.workers and "DataLoader worker" in str(error):
                raise ConfigError(
                    "a process that reads films was killed, probably for lack of memory or of "
                    "shared memory (/dev/shm)",
                    where="fit.workers",
                    hint="set it to 0, or give the machine or container more memory",
                ) from error
            raise
    best_state = read_checkpoint(Path(best.best_model_path))
    module.load_state_dict(best_state["state_dict"])
    network.poster, network.overview = encoders
    say(f"best epoch {best_state['epoch'] + 1} of {trainer.current_epoch} by validation mAP")
    say(f"{percent(waiting.share)} of the training time was spent waiting for films")
    waiting.write(out)
    without_labels = int(films.train_targets.isnan().all(dim=1).sum())
    graph = export_network(network.cpu(), poster=data.poster, overview=data.overview)
    if config.export.int8:
        with scratch_folder(out / "quantised") as scratch:
            graph = quantize(graph, scratch)
    return TrainedModel(
        graph=graph,
        tokenizer=tokenizer.to_str() if tokenizer else None,
        poster=data.poster,
        overview=data.overview,
        train_films=len(films.targets),
        notes={
            "best_epoch": best_state["epoch"] + 1,
            "epochs": trainer.current_epoch,
            "films_without_labels": without_labels,
            "films_of_sources": len(films.train) - len(films.targets) - without_labels,
            "parameters": sum(p.numel() for p in network.parameters()),
        },
        held_out={},
        titles=not config.fit.frozen and data.overview is not None and data.overview.title,
    )


def _encoded_folder(config: NetworkConfig, say: Callable[[str], None]) -> Path:
    """Return the folder in the user's cache in which encoded films are stored."""
    folder = platformdirs.user_cache_path("posterplot") / "encoded"
    if config.fit.frozen:
        say(f"encoded films are stored in {folder}")
    return folder


def _check_export(config: NetworkConfig, network: GenreNetwork, data: FilmData) -> None:
    """Refuse pretrained encoders that cannot be exported, before hours of training."""
    names = [
        section.encoder
        for section in (config.poster, config.overview)
        if isinstance(section, TimmConfig | TransformerConfig)
    ]
    if names:
        try:
            check_export(network, poster=data.poster, overview=data.overview)
        except ValueError as error:
            raise ConfigError(
                f"{' with '.join(names)} {error}",
                where="poster.encoder" if config.overview is None else "overview.encoder",
                hint="give another encoder",
            ) from error


def _trainer(
    config: NetworkConfig,
    out: Path,
    checkpoints: list[ModelCheckpoint],
    epochs: Callback,
    waiting: WaitingTime,
) -> lightning.Trainer:
    fit = config.fit
    loggers = make_loggers(config, out)
    # before the checkpoints, so that these keep the averaged weights
    averaging = []
    if fit.ema_decay:
        # with a device, because the averages would otherwise stay on the CPU
        averaging.append(EMAWeightAveraging(training_device(fit), decay=fit.ema_decay))
    callbacks: list[Callback] = [
        *averaging,
        *checkpoints,
        EarlyStopping("validation_mAP", mode="max", patience=fit.patience),
        epochs,
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
        enable_progress_bar=any(isinstance(callback, ProgressBar) for callback in callbacks),
        plugins=CheckpointFiles(),
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        default_root_dir=out,
        log_every_n_steps=1,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide Lightning's messages about itself."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            for message in (
                ".*treespec, LeafSpec.*",  # about Lightning's own use of torch
                ".*exists and is not empty.*",  # expected when resuming
                ".*does not have many workers.*",  # the user sets fit.workers
                r".*module\(s\) in eval mode at the start.*",  # frozen parts
            ):
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        logger.setLevel(level)

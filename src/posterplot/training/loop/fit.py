"""Train networks with Lightning."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import platformdirs
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint

from posterplot.dataset.reading import Dataset
from posterplot.errors import ConfigError, DatasetError
from posterplot.files import scratch_folder
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.networks import GenreNetwork, make_loss
from posterplot.progress import Progress, no_progress
from posterplot.training.build.network import make_network, parameter_groups
from posterplot.training.checkpoints import read_checkpoint
from posterplot.training.config.encoders import LSTMConfig, TimmConfig, TransformerConfig
from posterplot.training.config.head import InitFromConfig
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.data.film_data import FilmData
from posterplot.training.data.selection import ChosenFilms, read_films
from posterplot.training.families.trained_model import TrainedModel, sources_of
from posterplot.training.loop.checkpoint_files import (
    BEST,
    LAST,
    check_datasets,
    read_last,
)
from posterplot.training.loop.epochs import epoch_callback
from posterplot.training.loop.history import History
from posterplot.training.loop.module import GenreModule
from posterplot.training.loop.own_signals import OwnSignals
from posterplot.training.loop.trainer import make_trainer, quiet
from posterplot.training.loop.waiting_time import WaitingTime
from posterplot.training.package.export import check_export, export_network
from posterplot.training.package.package import BUNDLE
from posterplot.training.package.quantize import quantize
from posterplot.training.ranks import ALONE, Rank
from posterplot.wording import count, percent

_GRACE = 0.5  # seconds for a signal to reach all processes


def fit_network(
    config: NetworkConfig,
    dataset: Dataset,
    out: Path,
    *,
    resume: bool,
    log: Callable[[str], None],
    progress: Progress = no_progress,
    rank: Rank = ALONE,
) -> TrainedModel | None:
    """Train a network and export its best epoch by validation mAP.

    Args:
        config: Configuration of the network and the loop.
        dataset: Dataset whose train and validation films have a modality that the network reads.
        out: Folder of the run.
        resume: Whether to continue from ``checkpoints/last.ckpt``, or ``best.ckpt`` if that is
            damaged. Without either, the training starts again.
        log: Called with each line of progress.
        progress: Shows how many films are encoded, if encoders are frozen.
        rank: Rank of this process, if several train the network together.

    Returns:
        The trained model; None in all processes but the first.

    Raises:
        DatasetError: There are no films to train or validate on.
        ConfigError: A part of the network is not available, does not fit or cannot be exported;
            training diverged; or a process that reads films was killed.
        OutputError: The checkpoints are damaged, or cannot be written.

    """
    folder = out / "checkpoints"
    saved = read_last(folder, log) if resume else None
    films = read_films(config, dataset, log)
    fingerprints = dataset.manifest.fingerprint, *films.sources
    if saved is not None:
        check_datasets(saved, dataset, fingerprints, out)
    sources = {*films.sources, *sources_of(_started_from(config.init_from))}
    share = films.targets.mean(dim=0)
    overviews = films.train_overviews if isinstance(config.overview, LSTMConfig) else []
    log("building the network")
    network, tokenizer = make_network(config, overviews, share, fingerprints[0])
    del overviews
    data = FilmData(config, films, network, tokenizer, _encoded_folder(config, log), progress, rank)
    if saved is None and rank.is_first:
        _check_export(config, network, data, log)
    counts = _FilmCounts.of(films)
    del films  # texts and ids are not needed any more, and there may be many
    file = out / "history.csv" if rank.is_first else None
    history = History(file, saved.history if saved else ())
    history.write()  # the file may be an epoch ahead of the checkpoint
    module = GenreModule(
        network,
        make_loss(config.loss.kind, share),
        config.fit,
        groups=parameter_groups(network, config),
        genres=len(dataset.vocabulary),
        # Lightning's own estimate would read films before the epoch to resume is known
        steps_per_epoch=data.steps_per_epoch,
        datasets=fingerprints,
        seed=config.seed,
        mixup=config.augmentation.mixup,
        history=history,
        rank=rank,
    )
    # both at the end of an epoch, so that a checkpoint covers whole epochs
    checkpoint = partial(
        ModelCheckpoint, folder, save_on_train_epoch_end=True, enable_version_counter=False
    )
    best = checkpoint(Path(BEST).stem, monitor="validation_mAP", mode="max")
    latest = checkpoint(Path(LAST).stem)
    encoders = network.poster, network.overview
    if config.fit.frozen:  # films are encoded already, so encoders need not be in checkpoints
        network.poster = network.overview = None
    # Lightning keeps the mode of every module, but encoding and exporting set eval mode
    network.train()
    with quiet():
        waiting = WaitingTime()
        shown = epoch_callback(log) if rank.is_first else Callback()
        signals = OwnSignals()
        trainer = make_trainer(config, out, [best, latest], shown, signals, waiting, rank)
        epochs = count(config.fit.epochs, "epoch")
        log(f"training for up to {epochs} of {count(data.steps_per_epoch, 'step')}")
        try:
            trainer.fit(
                module,
                datamodule=data,
                ckpt_path=saved.path if saved else None,
                weights_only=True,
            )
        except SystemExit as error:  # Lightning's exception for Ctrl-C
            raise KeyboardInterrupt from error
        except torch.OutOfMemoryError as error:
            raise ConfigError(
                f"the device has too little memory: {str(error).splitlines()[0]}",
                where="fit.batch_size",
                hint="lower it, or train on the processor: fit.accelerator=cpu",
            ) from error
        except RuntimeError as error:
            if config.fit.workers and "DataLoader worker" in str(error):
                # Ctrl-C, systemd and timeout send a signal to every process of a command, so to
                # this one too: before the error, or now, when it raises KeyboardInterrupt here
                time.sleep(_GRACE)
                if signals.stopped:
                    raise KeyboardInterrupt from error
                raise ConfigError(
                    "a process that reads films was killed, probably for lack of memory or of "
                    "shared memory (/dev/shm)",
                    where="fit.workers",
                    hint="set it to 0, or give the machine or container more memory",
                ) from error
            raise
        except DatasetError as error:
            if config.fit.workers:
                raise _without_traceback(error) from error
            raise
    if rank.count > 1:
        torch.distributed.destroy_process_group()
    if not rank.is_first:
        return None
    best_state = read_checkpoint(Path(best.best_model_path))
    module.load_state_dict(best_state["state_dict"])
    network.poster, network.overview = encoders
    log(f"best epoch {best_state['epoch'] + 1} of {trainer.current_epoch} by validation mAP")
    log(f"{percent(waiting.share)} of the training time was spent waiting for films")
    waiting.write(out)
    log("exporting the network")
    graph = export_network(network.cpu(), poster=data.poster, overview=data.overview)
    if config.export.int8:
        with scratch_folder(out / "quantised") as scratch:
            graph = quantize(graph, scratch)
    return TrainedModel(
        graph=graph,
        tokenizer=tokenizer.to_str() if tokenizer else None,
        poster=data.poster,
        overview=data.overview,
        train_films=counts.main,
        notes={
            "best_epoch": best_state["epoch"] + 1,
            "epochs": trainer.current_epoch,
            "films_without_labels": counts.without_labels,
            "sources": sorted(sources),
            "films_of_sources": counts.train - counts.main - counts.without_labels,
            "parameters": sum(p.numel() for p in network.parameters()),
        },
        held_out={},
        titles=not config.fit.frozen and data.overview is not None and data.overview.title,
    )


def _started_from(runs: InitFromConfig) -> list[Bundle]:
    """Return the models whose weights the training starts from; a stopped run has none."""
    folders = {Path(run) for run in (runs.poster, runs.overview, runs.head) if run is not None}
    return [load_bundle(folder) for folder in folders if (folder / BUNDLE).is_dir()]


class _FilmCounts(NamedTuple):
    """Numbers of training films: all, those of the main dataset, those without labels."""

    train: int
    main: int
    without_labels: int

    @classmethod
    def of(cls, films: ChosenFilms) -> "_FilmCounts":
        without_labels = int(films.train_targets.isnan().all(dim=1).sum())
        return cls(len(films.train), len(films.targets), without_labels)


def _without_traceback(error: DatasetError) -> DatasetError:
    """Return the error of a reading process without the traceback that PyTorch adds."""
    if error.where:  # the error is raised in this process
        return error
    last = error.what.splitlines()[-1]
    return DatasetError(last.removeprefix(f"{DatasetError.__module__}.{DatasetError.__name__}: "))


def _encoded_folder(config: NetworkConfig, log: Callable[[str], None]) -> Path:
    """Return the folder for encoded films in the user's cache."""
    folder = platformdirs.user_cache_path("posterplot") / "encoded"
    if config.fit.frozen:
        log(f"encoding films with the frozen encoders, or reading what is stored in {folder}")
    return folder


def _check_export(
    config: NetworkConfig, network: GenreNetwork, data: FilmData, log: Callable[[str], None]
) -> None:
    """Refuse pretrained encoders that cannot be exported, before training starts."""
    names = [
        section.encoder
        for section in (config.poster, config.overview)
        if isinstance(section, TimmConfig | TransformerConfig)
    ]
    if names:
        log("checking that the network can be exported")
        try:
            check_export(network, poster=data.poster, overview=data.overview)
        except ValueError as error:
            raise ConfigError(
                f"{' with '.join(names)} {error}",
                where="poster.encoder" if config.overview is None else "overview.encoder",
                hint="give another encoder",
            ) from error

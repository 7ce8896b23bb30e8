"""The training loop of networks: Lightning's, with what we ask of it."""

import importlib.util
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from tokenizers import Tokenizer
from torch.utils.data import DataLoader

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.dataset.reading import Dataset
from posterplot.dataset.text import clean_overview
from posterplot.errors import ConfigError, DatasetError, OutputError
from posterplot.films import Split
from posterplot.models import (
    GenreNetwork,
    OverviewLSTM,
    OverviewNetwork,
    PooledHead,
    PosterCNN,
    PosterNetwork,
    make_loss,
)
from posterplot.training.augmentation import make_augmentation
from posterplot.training.batches import Films, loader, mix, steps_an_epoch, usable
from posterplot.training.config import FitConfig, NetworkConfig
from posterplot.training.export import export_network
from posterplot.training.history import HistoryLogger
from posterplot.training.made import Made
from posterplot.training.module import GenreModule
from posterplot.training.say import Say
from posterplot.training.tokenizer import train_tokenizer


def make_network(config: NetworkConfig, genres: int, tokenizer: Tokenizer | None) -> GenreNetwork:
    """Build the network that a configuration describes, its weights drawn from its seed."""
    torch.manual_seed(config.seed)
    if config.poster is not None:
        cnn = PosterCNN(config.poster.channels, config.poster.dropout)
        return PosterNetwork(cnn, PooledHead(cnn.width, genres, config.head.dropout))
    if config.overview is None or tokenizer is None:
        raise ValueError("a network reads posters or, with a tokenizer, overviews")
    lstm = OverviewLSTM(
        tokenizer.get_vocab_size(),
        embedding=config.overview.embedding,
        hidden=config.overview.hidden,
        word_dropout=config.overview.word_dropout,
        dropout=config.overview.dropout,
    )
    return OverviewNetwork(lstm, PooledHead(lstm.width, genres, config.head.dropout))


def fit_network(
    config: NetworkConfig, dataset: Dataset, out: Path, *, resume: bool, say: Say
) -> Made:
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
    films = FilmData(config, dataset, say)
    targets = films.train_targets
    network = make_network(config, len(dataset.vocabulary), films.tokenizer)
    module = GenreModule(
        network,
        make_loss(config.loss.kind, targets.mean(dim=0)),
        config.fit,
        genres=len(dataset.vocabulary),
        # not Lightning's estimate, for which it reads films before it knows the epoch to resume
        steps_an_epoch=steps_an_epoch(len(targets), config.fit.batch_size),
        dataset=dataset.manifest.fingerprint,
        seed=config.seed,
    )
    # both at the end of an epoch, so that a checkpoint is of a whole one
    checkpoint = partial(
        ModelCheckpoint, last.parent, save_on_train_epoch_end=True, enable_version_counter=False
    )
    best = checkpoint("best", monitor="validation_mAP", mode="max")
    latest = checkpoint("last")
    with _quiet():
        trainer = _trainer(config, out, [best, latest])
        try:
            trainer.fit(
                module, datamodule=films, ckpt_path=last if resume else None, weights_only=False
            )
        except SystemExit as error:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from error
    kept = torch.load(best.best_model_path, map_location="cpu", weights_only=False)
    module.load_state_dict(kept["state_dict"])
    say(f"best epoch {kept['epoch'] + 1} of {trainer.current_epoch} by validation mAP")
    return Made(
        graph=export_network(network.cpu(), poster=films.poster, overview=films.overview),
        tokenizer=films.tokenizer.to_str() if films.tokenizer else None,
        poster=films.poster,
        overview=films.overview,
        train_films=len(targets),
        notes={
            "best_epoch": kept["epoch"] + 1,
            "epochs": trainer.current_epoch,
            "parameters": sum(p.numel() for p in network.parameters()),
        },
        held_out={},
    )


def _check_checkpoint(last: Path, dataset: Dataset) -> None:
    """Refuse to resume from what is not there, damaged, of another dataset, or of another place."""
    run = last.parent.parent
    if not last.is_file():
        raise OutputError(
            "has no checkpoint to resume from", where=run, mend="remove it and train anew"
        )
    try:
        state = torch.load(last, map_location="cpu", weights_only=False)
        trained_on = state["dataset"]
        places = {c["dirpath"] for c in state["callbacks"].values() if "dirpath" in c}
    except Exception as error:  # torch and pickle raise whatever the bytes lead them to
        raise OutputError("is damaged", where=last, mend="remove the run and train anew") from error
    if trained_on != dataset.manifest.fingerprint:
        raise DatasetError(
            "is not the dataset that the run was begun with",
            where=dataset.path,
            mend="resume with that one, or begin a new run",
        )
    if any(Path(place).resolve() != last.parent.resolve() for place in places):
        # Lightning would forget which epoch was the best
        raise OutputError(
            "was moved since it was begun",
            where=run,
            mend=f"move it back to {Path(min(places)).parent} to resume it",
        )


class FilmData(lightning.LightningDataModule):
    """The films of train and validation that have what the network reads.

    Args:
        config: of the network.
        dataset: prepared.
        say: told how many films are left out.

    Raises:
        DatasetError: no film of a split has the modality.

    """

    def __init__(self, config: NetworkConfig, dataset: Dataset, say: Say) -> None:
        super().__init__()
        self.config = config
        self.dataset = dataset
        p, o = config.poster, config.overview
        self.poster = PosterInput(height=p.height, width=p.width) if p else None
        self.overview = OverviewInput(max_tokens=o.max_tokens) if o else None
        self._tables = {split: self._table(split, say) for split in ("train", "validation")}
        self.tokenizer: Tokenizer | None = None
        if o is not None:
            texts = (clean_overview(t) for t in self._tables["train"]["overview"].to_pylist())
            self.tokenizer = train_tokenizer(
                [text for text in texts if text], max_words=o.max_words, min_count=o.min_count
            )
        augmentation = make_augmentation(config.augmentation, p.height, p.width) if p else None
        self._films = {
            split: Films(
                table,
                dataset.vocabulary,
                poster=self.poster,
                overview=self.overview,
                tokenizer=self.tokenizer,
                augmentation=augmentation if split == "train" else None,
            )
            for split, table in self._tables.items()
        }
        for split, split_films in self._films.items():
            found = split_films.targets.sum(dim=0)
            absent = [g for g, n in zip(dataset.vocabulary.names, found, strict=True) if n == 0]
            if absent:
                say(f"no {split} film is {', '.join(absent)}: left out of macro means")

    @property
    def train_targets(self) -> torch.Tensor:
        """``(N, G)`` float32 of the training films."""
        return self._films["train"].targets

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the epoch's loader; Lightning asks for a new one each epoch.

        The epoch is told by the steps taken: when a training is resumed, Lightning asks for films
        before it has counted the epochs.
        """
        trainer = cast(lightning.Trainer, self.trainer)
        steps = steps_an_epoch(len(self._films["train"]), self.config.fit.batch_size)
        seed = mix(self.config.seed, trainer.global_step // steps)
        self._films["train"].seed = seed
        return loader(
            self._films["train"],
            self.config.fit.batch_size,
            workers=self.config.fit.workers,
            shuffle_seed=seed,
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """Return a loader over the validation films, in order."""
        return loader(
            self._films["validation"],
            self.config.fit.batch_size,
            workers=self.config.fit.workers,
            shuffle_seed=None,
        )

    def _table(self, split: Split, say: Say) -> Any:
        table = self.dataset.table(split, ["overview", "genres", "poster"])
        kept = usable(table, poster=self.poster is not None, overview=self.overview is not None)
        reads = "a poster" if self.poster else "an overview"
        if not len(kept):
            raise DatasetError(
                f"no film of {split} has {reads}",
                where=self.dataset.path,
                mend="prepare a catalogue that has some",
            )
        left = len(table) - len(kept)
        without = f"; {left} without one are left out" if left else ""
        say(f"{len(kept)} {split} films have {reads}{without}")
        return kept


def _trainer(
    config: NetworkConfig, out: Path, checkpoints: list[ModelCheckpoint]
) -> lightning.Trainer:
    fit = config.fit
    loggers: list[Logger] = [HistoryLogger(out / "history.csv")]
    if importlib.util.find_spec("tensorboard"):
        loggers.append(TensorBoardLogger(out, name="tensorboard", version=""))
    callbacks: list[Callback] = [
        *checkpoints,
        EarlyStopping("validation_mAP", mode="max", patience=fit.patience),
        RichProgressBar(leave=False),
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
        precision=fit.precision,
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
            ):
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        logger.setLevel(level)

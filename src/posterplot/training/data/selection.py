"""Which films a network learns from and is validated on, and how they come to it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import lightning
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader

from posterplot.dataset.reading import Dataset
from posterplot.dataset.text import clean_overview
from posterplot.errors import DatasetError
from posterplot.films import MODALITIES, Film, Modality, Split
from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import GenreNetwork
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.config.sections import TransformerConfig
from posterplot.training.data.augmentation import make_augmentation
from posterplot.training.data.batches import Films, loader, mix, steps_an_epoch
from posterplot.training.data.distillation import distilled_targets, extra_films
from posterplot.training.data.encoded_films import EncodedFilms, encode_films, encoded_loader
from posterplot.training.loop.precision import usable_precision


class ChosenFilms(NamedTuple):
    """The films that a network can read.

    Attributes:
        train, validation: each with at least one modality of the network's.
        targets: ``(N, G)`` float32 in {0, 1} of those train films whose labels count.
        train_targets: ``(M, G)`` of all train films, NaN where labels do not count; M ≥ N.
        soft_targets: ``(M, G)`` float32 in [0, 1], what the loss draws to.
        validation_targets: of the validation films.

    """

    train: list[Film]
    validation: list[Film]
    targets: Tensor
    train_targets: Tensor
    soft_targets: Tensor
    validation_targets: Tensor

    @property
    def train_overviews(self) -> list[str]:
        """Clean overviews of the train films that have one."""
        cleaned = (clean_overview(film.overview) for film in self.train)
        return [text for text in cleaned if text]


def modalities(config: NetworkConfig) -> tuple[Modality, ...]:
    """Return what the network reads."""
    return tuple(m for m in MODALITIES if getattr(config, m) is not None)


def read_films(config: NetworkConfig, dataset: Dataset, say: Callable[[str], None]) -> ChosenFilms:
    """Choose the films, and ask teachers where there are any.

    Raises:
        DatasetError: no film of a split has a modality that the network reads.
        ConfigError: a teacher is none.

    """
    reads = modalities(config)
    train = _readable(dataset, "train", reads, say)
    validation = _readable(dataset, "validation", reads, say)
    targets = torch.from_numpy(dataset.vocabulary.encode([film.genres for film in train]))
    validation_targets = torch.from_numpy(
        dataset.vocabulary.encode([film.genres for film in validation])
    )
    for split, of_split in (("train", targets), ("validation", validation_targets)):
        found = of_split.sum(dim=0)
        absent = [g for g, n in zip(dataset.vocabulary.names, found, strict=True) if n == 0]
        if absent:
            say(f"no {split} film is {', '.join(absent)}: left out of macro means")
    everything, soft_targets = targets, targets
    if config.distillation:
        extra = extra_films(config.distillation, dataset, say) if config.distillation.extra else []
        extra = _stripped([film for film in extra if set(film.modalities) & set(reads)], reads)
        unknown = torch.full((len(extra), targets.shape[1]), torch.nan)
        everything = torch.cat([targets, unknown])
        train = train + extra
        soft_targets = distilled_targets(
            config.distillation, dataset.vocabulary, train, everything, say
        )
        heard = ~torch.isnan(soft_targets[:, 0])
        train = [film for film, yes in zip(train, heard.tolist(), strict=True) if yes]
        everything, soft_targets = everything[heard], soft_targets[heard]
    return ChosenFilms(train, validation, targets, everything, soft_targets, validation_targets)


class FilmData(lightning.LightningDataModule):
    """Loaders over the chosen films, or over what frozen encoders made of them.

    Args:
        config: of the network.
        films: chosen.
        network: whose encoders are asked once if they are frozen.
        tokenizer: where it reads overviews.
        encoded: the folder where encoded films are kept.

    """

    def __init__(
        self,
        config: NetworkConfig,
        films: ChosenFilms,
        network: GenreNetwork,
        tokenizer: Tokenizer | None,
        encoded: Path,
    ) -> None:
        super().__init__()
        self.config = config
        p, o = config.poster, config.overview
        self.poster = PosterInput(height=p.height, width=p.width) if p else None
        self.overview: OverviewInput | None = None
        if o:
            title = isinstance(o, TransformerConfig) and o.title
            self.overview = OverviewInput(max_tokens=o.max_tokens, title=title)
        augmentation = make_augmentation(config.augmentation, p.height, p.width) if p else None
        dropout = config.modality_dropout
        chances: dict[Modality, float] | None = None
        if p and o and (dropout.poster or dropout.overview):
            chances = {"poster": dropout.poster, "overview": dropout.overview}
        fit = config.fit
        if fit.frozen:
            encode = partial(
                encode_films,
                network,
                poster=self.poster,
                overview=self.overview,
                tokenizer=tokenizer,
                folder=encoded,
                batch_size=fit.batch_size,
                workers=fit.workers,
                half=usable_precision(fit) == "bf16-mixed",
            )
            self._train: Films | EncodedFilms = EncodedFilms(
                encode(films.train),
                films.train,
                films.train_targets,
                films.soft_targets,
                chances,
            )
            self._validation: Films | EncodedFilms = EncodedFilms(
                encode(films.validation),
                films.validation,
                films.validation_targets,
                films.validation_targets,
                None,
            )
            return
        ready = partial(Films, poster=self.poster, overview=self.overview, tokenizer=tokenizer)
        self._train = ready(
            films.train,
            films.train_targets,
            soft_targets=films.soft_targets,
            augmentation=augmentation,
            modality_dropout=chances,
            title_dropout=o.title_dropout if isinstance(o, TransformerConfig) else 0.0,
        )
        self._validation = ready(films.validation, films.validation_targets)

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the epoch's loader; Lightning asks for a new one each epoch.

        The epoch is told by the steps taken: when a training is resumed, Lightning asks for films
        before it has counted the epochs.
        """
        trainer = cast(lightning.Trainer, self.trainer)
        films = self._train
        epoch = trainer.global_step // steps_an_epoch(len(films), self.config.fit.batch_size)
        films.seed = mix(self.config.seed, epoch)
        return self._loader(films, films.seed)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return a loader over the validation films, in order."""
        return self._loader(self._validation, None)

    def _loader(self, films: Films | EncodedFilms, seed: int | None) -> DataLoader[Any]:
        fit = self.config.fit
        if isinstance(films, EncodedFilms):
            return encoded_loader(films, fit.batch_size, shuffle_seed=seed)
        return loader(films, fit.batch_size, workers=fit.workers, shuffle_seed=seed)


def _readable(
    dataset: Dataset, split: Split, reads: tuple[Modality, ...], say: Callable[[str], None]
) -> list[Film]:
    """Return the films of a split that the network can read.

    Raises:
        DatasetError: none has a modality that it reads.

    """
    films = list(dataset.films(split))
    kept = [film for film in films if set(film.modalities) & set(reads)]
    named = {"poster": "a poster", "overview": "an overview"}
    for modality in reads:
        count = sum(modality in film.modalities for film in films)
        if not count:
            raise DatasetError(
                f"no film of {split} has {named[modality]}",
                where=dataset.path,
                hint="prepare a catalogue that has some",
            )
        left = len(films) - len(kept)
        without = f"; {left} without one are left out" if left and len(reads) == 1 else ""
        say(f"{count} {split} films have {named[modality]}{without}")
    return _stripped(kept, reads)


def _stripped(films: list[Film], reads: tuple[Modality, ...]) -> list[Film]:
    """Return the films without the posters that nobody will look at: they take the memory."""
    if "poster" in reads:
        return films
    return [replace(film, poster=None) for film in films]

"""Choose the films for training and validation, and compute their targets."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from posterplot.dataset.reading import Dataset
from posterplot.dataset.text import clean_overview
from posterplot.errors import DatasetError
from posterplot.films import Film, Modality, Split, modalities_of
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.data.distillation import distilled_targets
from posterplot.training.data.film_choice import films_with, with_article
from posterplot.training.data.sources import (
    describe_left_out,
    drop_unused_poster,
    new_films,
    source_films,
)
from posterplot.training.validation_genres import check_validation_genres
from posterplot.wording import count


class ChosenFilms(NamedTuple):
    """The training and validation films of a network, with their targets.

    Attributes:
        train: M films: those of the main dataset, then those of sources and of
            ``distillation.extra``. Each has a modality that the network reads.
        validation: Films of the main dataset.
        targets: ``(N, G)`` float32 in {0, 1} of the films of the main dataset, N ≤ M.
        train_targets: ``(M, G)`` of all training films; NaN where the label is unknown.
        soft_targets: ``(M, G)`` float32 in [0, 1], the targets of the loss; NaN where neither a
            label nor a teacher is known.
        weights: ``(M,)`` float32 of the training films in the loss.
        validation_targets: Targets of the validation films, in {0, 1}.
        sources: Fingerprints of the further datasets.

    """

    train: list[Film]
    validation: list[Film]
    targets: Tensor
    train_targets: Tensor
    soft_targets: Tensor
    weights: Tensor
    validation_targets: Tensor
    sources: tuple[str, ...]

    @property
    def train_overviews(self) -> list[str]:
        """Clean overviews of the training films that have one."""
        cleaned = (clean_overview(film.overview) for film in self.train)
        return [text for text in cleaned if text]


def modalities(config: NetworkConfig) -> tuple[Modality, ...]:
    """Return the modalities that the network reads."""
    return modalities_of(config.poster, config.overview)


def read_films(config: NetworkConfig, dataset: Dataset, log: Callable[[str], None]) -> ChosenFilms:
    """Choose the films, and compute the targets of the loss.

    Args:
        config: Configuration of the network.
        dataset: The main one.
        log: Called with each line of progress.

    Raises:
        DatasetError: No film of a split has a modality that the network reads, no validation film
            has a genre that training films have, or a source cannot be read.
        ConfigError: A source or a teacher does not fit the dataset.

    """
    needed, vocabulary = modalities(config), dataset.vocabulary
    splits = dataset.manifest.splits
    log(f"loading {splits['train'].films + splits['validation'].films:,} films")
    train = _readable(dataset, "train", needed, log)
    validation = _readable(dataset, "validation", needed, log)
    targets = torch.from_numpy(vocabulary.encode([film.genres for film in train]))
    validation_targets = torch.from_numpy(vocabulary.encode([film.genres for film in validation]))
    check_validation_genres((g for film in validation for g in film.genres), dataset)
    for split, split_targets in (("train", targets), ("validation", validation_targets)):
        support = split_targets.sum(dim=0)
        absent = [g for g, n in zip(vocabulary.names, support, strict=True) if n == 0]
        if absent:
            log(f"no {split} film has {', '.join(absent)}: left out of macro averages")
    other = _other_datasets(config, dataset, needed, log)
    train = train + other.films
    train_targets = torch.cat([targets, torch.from_numpy(other.targets)])
    weights = torch.cat([torch.ones(len(targets)), torch.from_numpy(other.weights)])
    soft_targets = train_targets
    if config.distillation:
        soft_targets = distilled_targets(config.distillation, vocabulary, train, train_targets, log)
    known = ~torch.isnan(soft_targets).all(dim=1)
    if unknown := int((~known).sum()):
        log(f"{unknown} films without a known genre and without a teacher are left out")
    return ChosenFilms(
        train=[film for film, yes in zip(train, known.tolist(), strict=True) if yes],
        validation=validation,
        targets=targets,
        train_targets=train_targets[known],
        soft_targets=soft_targets[known],
        weights=weights[known],
        validation_targets=validation_targets,
        sources=other.fingerprints,
    )


class _OtherDatasets(NamedTuple):
    """The films of sources, then those of ``distillation.extra``; see :class:`SourceFilms`."""

    films: list[Film]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]
    fingerprints: tuple[str, ...]


def _other_datasets(
    config: NetworkConfig,
    dataset: Dataset,
    needed: tuple[Modality, ...],
    log: Callable[[str], None],
) -> _OtherDatasets:
    extra = config.distillation.extra if config.distillation else ()
    paths = [*(source.dataset for source in config.sources), *extra]
    if paths:
        log(f"loading the films of {count(len(paths), 'further dataset')}")
    new = new_films(dataset, paths, needed) if paths else []
    sources = len(config.sources)
    films, targets, weights = source_films(config.sources, new[:sources], dataset.vocabulary, log)
    unlabelled = [film for found in new[sources:] for film in found.films]
    for path, found in zip(extra, new[sources:], strict=True):
        left_out = describe_left_out(found)
        log(f"{len(found.films)} films of {path} have only targets of teachers{left_out}")
    unknown = np.full((len(unlabelled), len(dataset.vocabulary)), np.nan, np.float32)
    return _OtherDatasets(
        films + unlabelled,
        np.concatenate([targets, unknown]),
        np.concatenate([weights, np.ones(len(unlabelled), np.float32)]),
        tuple(found.dataset.manifest.fingerprint for found in new),
    )


def _readable(
    dataset: Dataset, split: Split, needed: tuple[Modality, ...], log: Callable[[str], None]
) -> list[Film]:
    """Return the films of a split that have a modality that the network reads.

    Raises:
        DatasetError: No film has one of the modalities.

    """
    films = films_with(dataset, split, needed)
    for modality in needed:
        number = sum(film.has([modality]) for film in films)
        if not number:
            raise DatasetError(
                f"no {split} film has {with_article(modality)}",
                where=dataset.path,
                hint="prepare a catalogue with some",
            )
        left_out = dataset.manifest.splits[split].films - len(films)
        rest = f"; {left_out} without one are left out" if left_out and len(needed) == 1 else ""
        log(f"{number} {split} films have {with_article(modality)}{rest}")
    return [drop_unused_poster(film, needed) for film in films]

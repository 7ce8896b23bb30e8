"""Which films a network is trained and validated on, and their targets."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from posterplot.dataset.reading import Dataset
from posterplot.dataset.text import clean_overview
from posterplot.errors import DatasetError
from posterplot.films import MODALITIES, Film, Modality, Split
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.data.distillation import distilled_targets
from posterplot.training.data.sources import (
    counted,
    new_films,
    source_films,
    without_unread_poster,
)
from posterplot.training.validation_genres import check_validation_genres


class ChosenFilms(NamedTuple):
    """The films that a network is trained and validated on.

    Attributes:
        train: M films: those of the main dataset, then those of sources and of
            ``distillation.extra``. Each has a modality that the network reads.
        validation: films of the main dataset.
        targets: ``(N, G)`` float32 in {0, 1} of the films of the main dataset, N ≤ M.
        train_targets: ``(M, G)`` of all training films; NaN where the label is unknown.
        soft_targets: ``(M, G)`` float32 in [0, 1], the targets of the loss; NaN where neither a
            label nor a teacher is known.
        weights: ``(M,)`` float32 of the training films in the loss.
        validation_targets: of the validation films, in {0, 1}.
        sources: fingerprints of the further datasets.

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
    """Return what the network reads."""
    return tuple(m for m in MODALITIES if getattr(config, m) is not None)


def read_films(config: NetworkConfig, dataset: Dataset, say: Callable[[str], None]) -> ChosenFilms:
    """Choose the films, and compute the targets of the loss.

    Args:
        config: of the network.
        dataset: the main one.
        say: called with each line of progress.

    Raises:
        DatasetError: no film of a split has a modality that the network reads, no validation film
            has a genre that training films have, or a source cannot be read.
        ConfigError: a source or a teacher does not fit the dataset.

    """
    reads, vocabulary = modalities(config), dataset.vocabulary
    train = _readable(dataset, "train", reads, say)
    validation = _readable(dataset, "validation", reads, say)
    targets = torch.from_numpy(vocabulary.encode([film.genres for film in train]))
    validation_targets = torch.from_numpy(vocabulary.encode([film.genres for film in validation]))
    check_validation_genres((g for film in validation for g in film.genres), dataset)
    for split, of_split in (("train", targets), ("validation", validation_targets)):
        found = of_split.sum(dim=0)
        absent = [g for g, n in zip(vocabulary.names, found, strict=True) if n == 0]
        if absent:
            say(f"no {split} film has {', '.join(absent)}: left out of macro averages")
    further = _further(config, dataset, reads, say)
    train = train + further.films
    train_targets = torch.cat([targets, torch.from_numpy(further.targets)])
    weights = torch.cat([torch.ones(len(targets)), torch.from_numpy(further.weights)])
    soft_targets = train_targets
    if config.distillation:
        soft_targets = distilled_targets(config.distillation, vocabulary, train, train_targets, say)
    known = ~torch.isnan(soft_targets).all(dim=1)
    if left := int((~known).sum()):
        say(f"{left} films without a known genre and without a teacher are left out")
    return ChosenFilms(
        train=[film for film, yes in zip(train, known.tolist(), strict=True) if yes],
        validation=validation,
        targets=targets,
        train_targets=train_targets[known],
        soft_targets=soft_targets[known],
        weights=weights[known],
        validation_targets=validation_targets,
        sources=further.fingerprints,
    )


class _Further(NamedTuple):
    """Films of sources, then of ``distillation.extra``; as :class:`SourceFilms`."""

    films: list[Film]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]
    fingerprints: tuple[str, ...]


def _further(
    config: NetworkConfig,
    dataset: Dataset,
    reads: tuple[Modality, ...],
    say: Callable[[str], None],
) -> _Further:
    extra = config.distillation.extra if config.distillation else ()
    paths = [*(source.dataset for source in config.sources), *extra]
    new = new_films(dataset, paths, reads) if paths else []
    sources = len(config.sources)
    films, targets, weights = source_films(config.sources, new[:sources], dataset.vocabulary, say)
    taught = [film for found in new[sources:] for film in found.films]
    for path, found in zip(extra, new[sources:], strict=True):
        say(f"{len(found.films)} films of {path} are learned from teachers only{counted(found)}")
    unknown = np.full((len(taught), len(dataset.vocabulary)), np.nan, np.float32)
    return _Further(
        films + taught,
        np.concatenate([targets, unknown]),
        np.concatenate([weights, np.ones(len(taught), np.float32)]),
        tuple(found.dataset.manifest.fingerprint for found in new),
    )


def _readable(
    dataset: Dataset, split: Split, reads: tuple[Modality, ...], say: Callable[[str], None]
) -> list[Film]:
    """Return the films of a split that have a modality that the network reads.

    Raises:
        DatasetError: there are none.

    """
    films = list(dataset.films(split))
    kept = [film for film in films if set(film.modalities) & set(reads)]
    names = {"poster": "a poster", "overview": "an overview"}
    for modality in reads:
        count = sum(modality in film.modalities for film in films)
        if not count:
            raise DatasetError(
                f"no film of {split} has {names[modality]}",
                where=dataset.path,
                hint="prepare a catalogue with some",
            )
        left = len(films) - len(kept)
        without = f"; {left} without one are left out" if left and len(reads) == 1 else ""
        say(f"{count} {split} films have {names[modality]}{without}")
    return [without_unread_poster(film, reads) for film in kept]

"""Films -> train, validation and test, with no film of one known under another name in another."""

from collections.abc import Sequence

import numpy as np
from iterstrat.ml_stratifiers import IterativeStratification
from numpy.typing import NDArray

from posterplot.errors import CatalogueError
from posterplot.films import SPLITS, GenreVocabulary, Split

_SHARES = (0.8, 0.1, 0.1)  # of SPLITS


def stratify(
    genres: Sequence[tuple[str, ...]], groups: NDArray[np.int64], seed: int
) -> list[Split]:
    """Split N films 80/10/10 so that every genre is split alike, and no group is divided.

    By iterative stratification (Sechidis et al., 2011) on the groups, the rarest genre first: the
    only film of a genre goes to train.

    Args:
        genres: of N films.
        groups: ``(N,)`` group numbers 0 … U-1.
        seed: the same seed splits the same films alike.

    Returns:
        N splits, none of which is without films.

    Raises:
        CatalogueError: there are fewer than three groups.
    """
    units = int(groups.max(initial=-1)) + 1
    if units < len(SPLITS):
        raise CatalogueError(
            f"only {units} distinct films: too few for {', '.join(SPLITS)}",
            hint="add films, or a column 'split' that says where each belongs",
        )
    vocabulary = GenreVocabulary(tuple(sorted({name for names in genres for name in names})))
    labels = np.zeros((units, len(vocabulary)), dtype=bool)  # (U, G)
    np.logical_or.at(labels, groups, vocabulary.encode(genres).astype(bool))
    random = np.random.RandomState(seed)
    order = random.permutation(units)
    parts = np.empty(units, dtype=np.int64)
    parts[order] = IterativeStratification(labels[order], np.array(_SHARES), random)
    _fill_empty(parts, labels)
    return [SPLITS[part] for part in parts[groups]]


def keep_given_splits(
    asked: Sequence[Split | None], groups: NDArray[np.int64]
) -> list[Split | int]:
    """Take the splits that a catalogue asks for, without letting a film leak out of evaluation.

    A film without a split goes to train. Where a group spans two splits, its films in the later
    of train, validation, test stay: what a model is judged on is not to be changed by us.

    Args:
        asked: the splits of N films.
        groups: ``(N,)`` group numbers.

    Returns:
        for each of N films its split or, if it would leak, the number of the film it duplicates.
    """
    splits = [split or "train" for split in asked]
    keeper: dict[int, int] = {}  # group -> its first film in the latest split
    for film, group in enumerate(groups.tolist()):
        kept = keeper.setdefault(group, film)
        if SPLITS.index(splits[film]) > SPLITS.index(splits[kept]):
            keeper[group] = film
    return [
        split if split == splits[keeper[group]] else keeper[group]
        for split, group in zip(splits, groups.tolist(), strict=True)
    ]


def _fill_empty(parts: NDArray[np.int64], labels: NDArray[np.bool_]) -> None:
    """Give each empty part of a tiny table a unit of the largest, one without a rare genre."""
    frequency = labels.sum(axis=0)
    rarest = np.where(labels, frequency, len(labels)).min(axis=1)  # (U,)
    for part in range(len(SPLITS)):
        if not (parts == part).any():
            donors = parts == np.bincount(parts).argmax()
            parts[np.where(donors, rarest, -1).argmax()] = part

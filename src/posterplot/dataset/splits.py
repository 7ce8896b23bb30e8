"""Split films into train, validation and test; duplicates of a film stay in one split."""

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
    """Split N films 80/10/10 with about the same share of each genre, and divide no group.

    Groups are assigned by iterative stratification (Sechidis et al., 2011), the rarest genre
    first. The only film of a genre goes to train.

    Args:
        genres: of N films.
        groups: ``(N,)`` group numbers 0 … U-1.
        seed: of the random order; the same seed gives the same split.

    Returns:
        N splits; each of the three occurs.

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
    given: Sequence[Split | None], groups: NDArray[np.int64]
) -> list[Split | int]:
    """Use the splits that a catalogue gives, without films that would leak.

    A film without a split goes to train. If a group spans several splits, its films in the last of
    train, validation, test stay, so that the films of an evaluation do not change.

    Args:
        given: the splits of N films; None where the catalogue gives none.
        groups: ``(N,)`` group numbers.

    Returns:
        for each of N films its split or, if it would leak, the index of the film it duplicates.
    """
    splits = [split or "train" for split in given]
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
    """Move a group with common genres from the largest split to each empty one."""
    frequency = labels.sum(axis=0)
    rarest = np.where(labels, frequency, len(labels)).min(axis=1)  # (U,)
    for part in range(len(SPLITS)):
        if not (parts == part).any():
            donors = parts == np.bincount(parts).argmax()
            parts[np.where(donors, rarest, -1).argmax()] = part

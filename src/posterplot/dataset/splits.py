"""Split films into train, validation and test; duplicates stay in one split."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posterplot.dataset.blocks import blocks, count_each, places_of, shared_groups, taken
from posterplot.dataset.stratification import iterative_stratification
from posterplot.errors import CatalogueError
from posterplot.films import SPLITS, GenreVocabulary

MAX_SEED = 2**32 - 1  # the largest that NumPy takes
_SHARES = (0.8, 0.1, 0.1)  # shares of ``SPLITS``


def stratify(
    label_sets: NDArray[np.int32],
    genres: Sequence[tuple[str, ...]],
    groups: NDArray[np.int32],
    seed: int,
) -> NDArray[np.int8]:
    """Split N films 80/10/10, stratified by genre; no group is split.

    Groups are assigned by iterative stratification (Sechidis et al., 2011), the rarest genre
    first. The only film of a genre goes to train.

    Args:
        label_sets: ``(N,)`` indices into ``genres``.
        genres: The different sets of genres that films have.
        groups: ``(N,)`` group numbers 0 … U-1.
        seed: Seed of the random order, 0 … ``MAX_SEED``; the same seed gives the same split.

    Returns:
        ``(N,)`` indices into ``SPLITS``; each of the three occurs.

    Raises:
        CatalogueError: There are fewer than three groups.
    """
    units = int(groups.max(initial=-1)) + 1
    if units < len(SPLITS):
        raise CatalogueError(
            f"only {units} distinct films: too few for {', '.join(SPLITS)}",
            hint="add films, or a column 'split' that says where each belongs",
        )
    vocabulary = GenreVocabulary(tuple(sorted({name for names in genres for name in names})))
    unit_sets, labels = _label_sets_of_groups(
        label_sets, vocabulary.encode(genres) > 0, groups, units
    )
    random = np.random.RandomState(seed)
    order = np.arange(units, dtype=np.int32)
    random.shuffle(order)
    shuffled = iterative_stratification(taken(unit_sets, order), labels, _SHARES, random)
    parts = np.empty(units, dtype=np.int8)
    for block in blocks(units):
        parts[order[block]] = shuffled[block]
    _fill_empty(parts, unit_sets, labels)
    return taken(parts, groups)


def keep_given_splits(
    given: NDArray[np.int8], groups: NDArray[np.int32]
) -> tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.int32]]:
    """Use the splits that the catalogue gives, without films that would leak.

    A film without a split goes to train. If a group spans several splits, its films in the last of
    train, validation, test stay, so that the films of an evaluation do not change.

    Args:
        given: ``(N,)`` indices into ``SPLITS``; -1 where the catalogue gives none.
        groups: ``(N,)`` group numbers.

    Returns:
        ``(N,)`` indices into ``SPLITS``, -1 for a film that would leak; ``(L,)`` indices of the
        films that would leak; ``(L,)`` index of the film that each of these duplicates.
    """
    splits = np.maximum(given, 0)
    latest = np.zeros(int(groups.max(initial=-1)) + 1, np.int8)
    for block in blocks(len(groups)):
        np.maximum.at(latest, groups[block], splits[block])
    keepers = np.empty(len(latest), np.int32)  # first film of each group that is kept
    for block in reversed(list(blocks(len(groups)))):
        leaks = splits[block] != latest[groups[block]]
        staying = np.flatnonzero(~leaks)[::-1] + block.start
        keepers[groups[staying]] = staying
        splits[block][leaks] = -1
    leaking = places_of(splits, -1)
    return splits, leaking, taken(keepers, taken(groups, leaking))


def _label_sets_of_groups(
    label_sets: NDArray[np.int32], labels: NDArray[np.bool_], groups: NDArray[np.int32], units: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Give each group the genres of all its films.

    Args:
        label_sets: ``(N,)`` indices into ``labels``.
        labels: ``(K, G)``.
        groups: ``(N,)`` group numbers.
        units: U groups.

    Returns:
        ``(U,)`` places in the new labels, and these: ``(K', G)``.
    """
    of_group = np.empty(units, np.int32)
    for block in reversed(list(blocks(len(groups)))):
        # label set of the first film, because it is written last
        of_group[groups[block][::-1]] = label_sets[block][::-1]
    rows = list(labels)
    places = {row.tobytes(): kind for kind, row in reversed(list(enumerate(rows)))}
    unions: dict[tuple[int, int], int] = {}
    shared = shared_groups(groups)
    for block in blocks(len(groups)):
        for film in (np.flatnonzero(shared[groups[block]]) + block.start).tolist():
            both = (int(of_group[groups[film]]), int(label_sets[film]))
            if both not in unions:
                union = rows[both[0]] | rows[both[1]]
                unions[both] = places.setdefault(union.tobytes(), len(rows))
                if unions[both] == len(rows):
                    rows.append(union)
            of_group[groups[film]] = unions[both]
    return of_group, np.array(rows)


def _fill_empty(
    parts: NDArray[np.int8], label_sets: NDArray[np.int32], labels: NDArray[np.bool_]
) -> None:
    """Move a group with common genres from the largest split to each empty one."""
    frequency = count_each(label_sets, len(labels)) @ labels
    rarest = np.where(labels, frequency, len(label_sets)).min(axis=1)  # (K,)
    for part in range(len(SPLITS)):
        if not (parts == part).any():
            donors = parts == np.bincount(parts).argmax()
            parts[np.where(donors, rarest[label_sets], -1).argmax()] = part

"""Split the training films into folds, to predict films that a model was not trained on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from posterplot.dataset.manifest import split_statistics
from posterplot.dataset.reading import DATA, Dataset
from posterplot.errors import DatasetError
from posterplot.films import Film, Split

_FOLD = ", fold "  # between the fingerprint of the whole dataset and the name of the fold


@dataclass(frozen=True, slots=True)
class Fold(Dataset):
    """A dataset with one fold of the training films moved to test.

    They precede the dataset's own test films. So a model that is trained on the other folds leaves
    out films of further datasets that duplicate them.

    Args:
        held_out: Ids of the films of the fold.
    """

    held_out: frozenset[str] = frozenset()

    def films(self, split: Split, *, in_place: bool = False) -> Iterator[Film]:
        """Yield the films of a split; see :meth:`Dataset.films`."""
        if split == "test":
            yield from self.held_out_films(in_place=in_place)
        if split != "test" or list((self.path / DATA).glob("test-*.parquet")):
            for film in Dataset.films(self, split, in_place=in_place):
                if split != "train" or film.id not in self.held_out:
                    yield film

    def held_out_films(self, *, in_place: bool = False) -> Iterator[Film]:
        """Yield the films of the fold; see :meth:`Dataset.films`."""
        for film in Dataset.films(self, "train", in_place=in_place):
            if film.id in self.held_out:
                yield replace(film, split="test")

    def table(self, split: Split, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a split as one table; see :meth:`Dataset.table`."""
        train = Dataset.table(self, "train")
        held = pc.is_in(train["id"], pa.array(sorted(self.held_out)))
        parts = {"train": [train.filter(pc.invert(held))], "test": [train.filter(held)]}
        tables = parts.get(split, [])
        if split != "train" and list((self.path / DATA).glob(f"{split}-*.parquet")):
            tables.append(Dataset.table(self, split))
        table = pa.concat_tables(tables)
        return table if columns is None else table.select(list(columns))


def make_folds(dataset: Dataset, count: int, seed: int) -> list[Fold]:
    """Split the training films into folds of about the same size; no duplicate group is split.

    Args:
        dataset: A dataset with training films.
        count: Number of folds, at least 2.
        seed: Seed of the random order.

    Raises:
        DatasetError: There are fewer groups of films than folds.
    """
    table = dataset.table("train", ["id", "group"])
    groups, place = np.unique(table["group"].to_numpy(), return_inverse=True)
    if len(groups) < count:
        raise DatasetError(
            f"has only {len(groups)} distinct training films for {count} folds",
            where=dataset.path,
            hint="choose fewer folds",
        )
    # the largest groups first, each to the smallest fold; equal ones in random order
    sizes = np.bincount(place)
    order = np.random.default_rng(seed).permutation(len(groups))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of, filled = np.empty(len(groups), np.int64), np.zeros(count, np.int64)
    for group in order:
        fold_of[group] = filled.argmin()
        filled[fold_of[group]] += sizes[group]
    ids = np.array(table["id"].to_pylist(), object)
    return [_fold(dataset, ids[fold_of[place] == n], f"{n + 1}/{count}") for n in range(count)]


def _fold(dataset: Dataset, ids: Sequence[str], name: str) -> Fold:
    fold = Fold(dataset.path, dataset.manifest, held_out=frozenset(ids))
    splits = dict(dataset.manifest.splits)
    for split in ("train", "test"):
        facts = (
            (film.genres, film.poster is not None, bool(film.overview))
            for film in fold.films(split)
        )
        splits[split] = split_statistics(facts, dataset.vocabulary)
    changed = {"splits": splits, "fingerprint": f"{dataset.manifest.fingerprint}{_FOLD}{name}"}
    return replace(fold, manifest=dataset.manifest.model_copy(update=changed))


def whole_fingerprint(fingerprint: str) -> str:
    """Return the fingerprint of the dataset that a fold is of; another one is returned as it is.

    Examples:
        >>> whole_fingerprint("a7c6, fold 1/5")
        'a7c6'
        >>> whole_fingerprint("a7c6")
        'a7c6'

    """
    return fingerprint.partition(_FOLD)[0]

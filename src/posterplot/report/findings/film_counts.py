"""The data section: how many films of which genres, what they lack, which genres go together."""

from typing import NamedTuple

import numpy as np

from posterplot.dataset.manifest import DatasetManifest
from posterplot.evaluation.metrics import Floats
from posterplot.report.page.wording import count, listing, percent

_FEWEST = 20  # films that have both genres of a pair told in words


class Together(NamedTuple):
    """Which genres go together, over all splits.

    Attributes:
        share: ``(G, G)`` of the films of the row's genre, the share that have the column's; NaN
            on the diagonal.
        lift: ``(G, G)`` how much oftener films have both than if genres knew nothing of each
            other; NaN on the diagonal and where a genre has no film.

    """

    share: Floats
    lift: Floats


def together(manifest: DatasetManifest) -> Together:
    """Turn the counts of the manifest into shares and lifts."""
    counts = np.array(manifest.co_occurrence, dtype=np.float64)
    films = sum(split.films for split in manifest.splits.values())
    own = np.diag(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counts / own[:, None]
        lift = share * films / own[None, :]
    np.fill_diagonal(share, np.nan)
    np.fill_diagonal(lift, np.nan)
    return Together(share, lift)


def ranked(manifest: DatasetManifest) -> list[str]:
    """Return the genres of the vocabulary, those of most films first."""
    films = {
        genre: row[g]
        for g, (genre, row) in enumerate(zip(manifest.genres, manifest.co_occurrence, strict=True))
    }
    return sorted(films, key=lambda genre: -films[genre])


def say_films(manifest: DatasetManifest) -> list[str]:
    """Say how many films there are, how uneven the genres are, and what is missing."""
    splits = manifest.splits
    films = sum(split.films for split in splits.values())
    cardinality = sum(split.cardinality * split.films for split in splits.values()) / films
    parts = [f"{split.films:,} for {name}" for name, split in splits.items()]
    said = [
        f"{count(films, 'film')} of {count(len(manifest.genres), 'genre')}: {listing(parts)}. "
        f"A film has {cardinality:.2f} genres on average."
    ]
    common = next(iter(splits["train"].genres.items())) if "train" in splits else None
    if common and manifest.imbalance_ratio is not None:
        known = {g: n for g, n in splits["train"].genres.items() if g in manifest.genres}
        rare = min(known.items(), key=lambda item: item[1])
        said.append(
            f"The commonest genre of train, {common[0]} ({count(common[1], 'film')}), has "
            f"{manifest.imbalance_ratio:.0f} times the films of the rarest, {rare[0]} ({rare[1]})."
        )
    said += [_lacking(manifest, films), *_pairs(manifest)]
    said.append(_duplicates(manifest))
    return said


def _lacking(manifest: DatasetManifest, films: int) -> str:
    lacking = []
    for modality in ("poster", "overview"):
        by = {
            name: split.films - (split.with_poster if modality == "poster" else split.with_overview)
            for name, split in manifest.splits.items()
        }
        total = sum(by.values())
        if total:
            where = listing([f"{n:,} of {name}" for name, n in by.items() if n])
            lacking.append(f"{count(total, 'film')} ({percent(total / films)}) lack the {modality}"
                           f": {where}")  # fmt: skip
    return f"{'; '.join(lacking)}." if lacking else "Every film has a poster and an overview."


def _pairs(manifest: DatasetManifest) -> list[str]:
    """Say which pair is commonest, and which goes together most beyond chance."""
    counts = np.array(manifest.co_occurrence, dtype=np.int64)
    if len(counts) < 2:
        return []
    upper = np.triu(counts, 1)
    g, h = np.unravel_index(int(upper.argmax()), upper.shape)
    names = manifest.genres
    said = f"The commonest pair is {names[g]} with {names[h]} ({count(int(upper[g, h]), 'film')})"
    lift = np.where(upper >= _FEWEST, together(manifest).lift, 0.0)
    if lift.max() > 1:
        i, j = np.unravel_index(int(lift.argmax()), lift.shape)
        said += (
            f"; of pairs with {_FEWEST} films or more the closest is {names[i]} with {names[j]}, "
            f"{lift[i, j]:.1f} times as often together as if neither knew of the other"
        )
    return [said + "."]


def _duplicates(manifest: DatasetManifest) -> str:
    if not manifest.duplicate_groups:
        return "No film was found twice."
    return (
        f"{count(manifest.duplicate_films, 'film')} are one of "
        f"{count(manifest.duplicate_groups, 'group')} of the same film told more than once; a group"
        " never stands on both sides of a split."
    )

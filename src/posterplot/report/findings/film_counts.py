"""Describe the films of a dataset: genres, missing inputs, duplicates and co-occurrence."""

from typing import NamedTuple

import numpy as np

from posterplot.dataset.manifest import DatasetManifest
from posterplot.evaluation.metrics import Floats
from posterplot.wording import count, listing, percent

_MIN_FILMS = 20  # minimum number of films with both genres of a pair that is described


class CoOccurrence(NamedTuple):
    """How often genres occur together, over all splits.

    Attributes:
        share: ``(G, G)`` share of the films of the row's genre that have the column's genre; NaN on
            the diagonal.
        lift: ``(G, G)`` how much more often films have both genres than if the two were
            independent; NaN on the diagonal and if a genre has no film.

    """

    share: Floats
    lift: Floats


def co_occurrence(manifest: DatasetManifest) -> CoOccurrence:
    """Compute shares and lifts from the counts in the manifest."""
    counts = np.array(manifest.co_occurrence, dtype=np.float64)
    films = sum(split.films for split in manifest.splits.values())
    own = np.diag(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counts / own[:, None]
        lift = share * films / own[None, :]
    np.fill_diagonal(share, np.nan)
    np.fill_diagonal(lift, np.nan)
    return CoOccurrence(share, lift)


def genres_by_films(manifest: DatasetManifest) -> list[str]:
    """Return the genres of the vocabulary by number of films, the most common first."""
    films = {
        genre: row[g]
        for g, (genre, row) in enumerate(zip(manifest.genres, manifest.co_occurrence, strict=True))
    }
    return sorted(films, key=lambda genre: -films[genre])


def describe_films(manifest: DatasetManifest) -> list[str]:
    """State how many films there are, how imbalanced genres are, and which inputs are missing."""
    splits = manifest.splits
    films = sum(split.films for split in splits.values())
    cardinality = sum(split.cardinality * split.films for split in splits.values()) / films
    parts = [f"{split.films:,} in {name}" for name, split in splits.items()]
    sentences = [
        f"{count(films, 'film')} of {count(len(manifest.genres), 'genre')}: {listing(parts)}. "
        f"A film has {cardinality:.2f} genres on average."
    ]
    common = next(iter(splits["train"].genres.items())) if "train" in splits else None
    if common and manifest.imbalance_ratio is not None:
        known = {g: n for g, n in splits["train"].genres.items() if g in manifest.genres}
        rare = min(known.items(), key=lambda item: item[1])
        sentences.append(
            f"The most common genre in train, {common[0]} ({count(common[1], 'film')}), has "
            f"{manifest.imbalance_ratio:.0f} times as many films as the rarest, {rare[0]} "
            f"({rare[1]})."
        )
    sentences += [_missing(manifest, films), *_pairs(manifest)]
    sentences.append(_duplicates(manifest))
    return sentences


def _missing(manifest: DatasetManifest, films: int) -> str:
    missing = []
    for modality in ("poster", "overview"):
        by = {
            name: split.films - (split.with_poster if modality == "poster" else split.with_overview)
            for name, split in manifest.splits.items()
        }
        total = sum(by.values())
        if total:
            where = listing([f"{n:,} in {name}" for name, n in by.items() if n])
            missing.append(
                f"{count(total, 'film')} ({percent(total / films)}) have no {modality}: {where}"
            )
    return f"{'; '.join(missing)}." if missing else "Every film has a poster and an overview."


def _pairs(manifest: DatasetManifest) -> list[str]:
    """Name the most common pair of genres, and the one with the largest lift."""
    counts = np.array(manifest.co_occurrence, dtype=np.int64)
    if len(counts) < 2:
        return []
    upper = np.triu(counts, 1)
    if not upper.any():
        return ["No film has two of these genres."]
    g, h = np.unravel_index(int(upper.argmax()), upper.shape)
    names = manifest.genres
    films = count(int(upper[g, h]), "film")
    sentences = [f"The most common pair is {names[g]} with {names[h]} ({films})."]
    lift = np.where(upper >= _MIN_FILMS, co_occurrence(manifest).lift, 0.0)
    if lift.max() > 1:
        i, j = np.unravel_index(int(lift.argmax()), lift.shape)
        sentences.append(
            f"Of the pairs with {_MIN_FILMS} films or more, {names[i]} with {names[j]} has the "
            f"largest lift: it is {lift[i, j]:.1f} times as frequent as if the two were "
            "independent."
        )
    return sentences


def _duplicates(manifest: DatasetManifest) -> str:
    if not manifest.duplicate_groups:
        return "No duplicates were found."
    groups = count(manifest.duplicate_groups, "group")
    return (
        f"{count(manifest.duplicate_films, 'film')} are duplicates, in {groups}. All films of a "
        "group are in the same split."
    )

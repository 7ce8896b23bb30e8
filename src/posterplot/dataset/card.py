"""The dataset's ``README.md``: its card, and where `datasets.load_dataset` finds its splits."""

from posterplot.dataset.manifest import DatasetManifest

_CARD = """\
---
configs:
- config_name: default
  data_files:
{data_files}
task_categories:
- image-classification
- text-classification
tags:
- film-genres
- multi-label
---

# Films prepared by posterplot {version}

{films:,} films with {genres} genres, the genre of a film possibly several at once.{catalogue}

| split | films | with poster | with overview | genres a film |
|---|---|---|---|---|
{splits}

| genre | {split_names} |
|---|{rules}|
{genre_rows}

The most common genre has {imbalance:.0f} times the train films of the rarest. {duplicates}

| column | type | meaning |
|---|---|---|
| id | string | unique |
| title | string | may be empty |
| year | int32 | of release; null if unknown |
| overview | string | null if absent |
| genres | list of string | at least one |
| poster | image | shorter side at most {side} pixels; null if absent |
| group | int64 | films of one number are the same film, and are never in two splits |

```python
datasets.load_dataset("path/to/this/folder")
```

What could not be used is listed in `rejected.jsonl` with the reason; counts are in `dataset.json`.

Fingerprint (SHA-256): `{fingerprint}`
"""


def dataset_card(manifest: DatasetManifest) -> str:
    """Write the card of a dataset: Markdown with a YAML head."""
    splits = manifest.splits
    names = sorted({name for split in splits.values() for name in split.genres})
    return _CARD.format(
        version=manifest.posterplot,
        data_files="\n".join(f"  - split: {s}\n    path: data/{s}-*.parquet" for s in splits),
        catalogue=f" Read as: {manifest.catalogue}." if manifest.catalogue else "",
        films=sum(split.films for split in splits.values()),
        genres=len(names),
        splits="\n".join(
            f"| {name} | {split.films:,} | {split.with_poster:,} | {split.with_overview:,}"
            f" | {split.cardinality:.2f} |"
            for name, split in splits.items()
        ),
        split_names=" | ".join(splits),
        rules="|".join("---" for _ in splits),
        genre_rows="\n".join(
            f"| {name} | {' | '.join(str(s.genres.get(name, 0)) for s in splits.values())} |"
            for name in names
        ),
        imbalance=manifest.imbalance_ratio or 1,
        duplicates=f"{manifest.duplicate_films:,} films turned out to be"
        f" {manifest.duplicate_groups:,}, listed more than once."
        if manifest.duplicate_groups
        else "No film is listed more than once.",
        side=manifest.poster_side,
        fingerprint=manifest.fingerprint,
    )

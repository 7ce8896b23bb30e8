"""Write the card of a dataset: its ``README.md``.

The library `datasets` reads from it which files belong to which split.
"""

from posterplot.dataset.manifest import DatasetManifest
from posterplot.pages import markdown_template


def dataset_card(manifest: DatasetManifest) -> str:
    """Return the card of a dataset: Markdown with a YAML header."""
    splits = manifest.splits
    return markdown_template("posterplot.dataset", "card.md.jinja").render(
        version=manifest.posterplot,
        catalogue=manifest.catalogue,
        splits=splits,
        films=sum(split.films for split in splits.values()),
        genres=sorted({name for split in splits.values() for name in split.genres}),
        imbalance=manifest.imbalance_ratio or 1,
        duplicate_films=manifest.duplicate_films,
        duplicate_groups=manifest.duplicate_groups,
        side=manifest.poster_side,
        fingerprint=manifest.fingerprint,
    )

"""Recalibrate a bundle on labelled films of a user, without torch."""

from collections.abc import Sequence
from pathlib import Path

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError
from posterplot.films import Film, Split
from posterplot.inference.bundle import CARD, Bundle, write_bundle
from posterplot.training.package.calibrate import Calibrated, calibrate

MIN_FILMS = 200  # fewer would not fix the thresholds of most genres


def recalibrate(bundle: Bundle, dataset: Dataset, out: Path) -> Bundle:
    """Fit calibration, thresholds, guarantees and familiarity on labelled films.

    The graph does not change. For the dataset that the model was trained on, only validation is
    used. For other datasets, train and validation are used, and test is left for evaluation.

    Args:
        bundle: A finished one.
        dataset: Dataset with at least 200 such films.
        out: Folder of the new bundle.

    Returns:
        The new bundle. Its provenance has the digest of the old one.

    Raises:
        DatasetError: There are too few films.
        OutputError: The folder cannot be written.

    """
    films, splits = _films(bundle, dataset)
    fitted = calibrate(bundle, films)
    manifest = fitted.manifest.model_copy(
        update={
            "provenance": bundle.manifest.provenance
            | {
                "decisions": fitted.figures,
                "calibrated_from": bundle.manifest.digest,
                "calibrated_on": {
                    "dataset": dataset.manifest.fingerprint,
                    "splits": list(splits),
                    "films": len(films),
                },
            }
        }
    )
    return write_bundle(
        out,
        manifest,
        graph=bundle.graph.read_bytes(),
        tokenizer=bundle.tokenizer.read_text(encoding="utf-8") if manifest.overview else None,
        card=_card(bundle, fitted, len(films)),
        familiarity=fitted.familiarity,
    )


def _films(bundle: Bundle, dataset: Dataset) -> tuple[list[Film], Sequence[Split]]:
    own = bundle.manifest.provenance.get("dataset") == dataset.manifest.fingerprint
    wanted: Sequence[Split] = ("validation",) if own else ("train", "validation")
    splits = [split for split in wanted if split in dataset.manifest.splits]
    known = set(bundle.manifest.genres)
    films = [
        film
        for split in splits
        for film in dataset.films(split)
        if set(film.modalities) & set(bundle.modalities) and known & set(film.genres)
    ]
    if len(films) < MIN_FILMS:
        raise DatasetError(
            f"has {len(films)} films in {' and '.join(splits)} with a genre and an input of the "
            f"model, and calibration needs {MIN_FILMS}",
            where=dataset.path,
            hint="prepare a catalogue with more films"
            + ("; the model was trained on the films of train, so they do not count" * own),
        )
    return films, splits


def _card(bundle: Bundle, fitted: Calibrated, films: int) -> str:
    """Return the card of the old bundle with the new figures."""
    card = (bundle.path / CARD).read_text(encoding="utf-8").rstrip()
    chosen = fitted.manifest.decisions.calibration
    return (
        f"{card}\n\n## Recalibrated\n\nCalibration ({chosen}) and thresholds were fitted again "
        f"on {films:,} other films. The figures and thresholds above are those of the bundle "
        f"before, {bundle.manifest.digest[:12]}.\n"
    )

"""Recalibrate a bundle on labelled films of a user, without torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from posterplot.dataset.folds import whole_fingerprint
from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError
from posterplot.films import MODALITIES, Film, Modality, Split
from posterplot.inference.bundle import CARD, Bundle, BundleManifest, write_bundle
from posterplot.training.package.calibrate import (
    MIN_FILMS,
    calibrate,
    calibrate_single_inputs,
    count_read_whole,
)


class _Fitted(NamedTuple):
    manifest: BundleManifest
    familiarity: bytes | None
    films: int  # that it was fitted on
    inputs: tuple[Modality, ...]  # whose decisions alone were fitted; empty if all were


def recalibrate(bundle: Bundle, dataset: Dataset, out: Path) -> Bundle:
    """Fit calibration, thresholds, guarantees and familiarity on labelled films.

    The graph does not change. For the dataset that the model was trained on, only validation is
    used. For other datasets, train and validation are used, and test is left for evaluation.

    A model of both modalities has decisions for each single one, too. If it reads both inputs of
    fewer than 200 films, only the decisions for an input that 200 films have are fitted; the rest
    is kept.

    Args:
        bundle: A finished one.
        dataset: Dataset with at least 200 such films.
        out: Folder of the new bundle.

    Returns:
        The new bundle. Its provenance has the digest of the old one.

    Raises:
        DatasetError: There are too few films, or the model was trained on all of them.
        OutputError: The folder cannot be written.

    """
    films, splits = _films(bundle, dataset)
    fitted = _fit(bundle, dataset, films)
    notes = {
        "calibrated_from": bundle.manifest.digest,
        "calibrated_on": {
            "dataset": dataset.manifest.fingerprint,
            "splits": list(splits),
            "films": fitted.films,
        }
        | ({"only_for": list(fitted.inputs)} if fitted.inputs else {}),
    }
    provenance = fitted.manifest.provenance | notes
    manifest = fitted.manifest.model_copy(update={"provenance": provenance})
    return write_bundle(
        out,
        manifest,
        graph=bundle.graph.read_bytes(),
        tokenizer=bundle.tokenizer.read_text(encoding="utf-8") if manifest.overview else None,
        card=_card(bundle, fitted),
        familiarity=fitted.familiarity,
    )


def _films(bundle: Bundle, dataset: Dataset) -> tuple[list[Film], Sequence[Split]]:
    provenance, fingerprint = bundle.manifest.provenance, dataset.manifest.fingerprint
    if fingerprint in provenance.get("sources", ()):
        raise DatasetError(
            "is a source that the model was trained on, so its films are not new to it",
            where=dataset.path,
            hint="give films that it has not seen",
        )
    # the model of a fold was trained on some of the films, and the others are of the same dataset
    own = whole_fingerprint(provenance.get("dataset", "")) == fingerprint
    wanted: Sequence[Split] = ("validation",) if own else ("train", "validation")
    splits = [split for split in wanted if split in dataset.manifest.splits]
    known = set(bundle.manifest.genres)
    films = [
        film
        for split in splits
        for film in dataset.films(split, in_place=True)  # there may be many posters
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


def _fit(bundle: Bundle, dataset: Dataset, films: Sequence[Film]) -> _Fitted:
    separate = bundle.manifest.decisions_by_modality
    complete = count_read_whole(bundle, films) if separate else len(films)
    if complete >= MIN_FILMS:
        manifest, familiarity, figures = calibrate(bundle, films)
        provenance = manifest.provenance | {"decisions": figures}
        manifest = manifest.model_copy(update={"provenance": provenance})
        return _Fitted(manifest, familiarity, figures["films"], ())
    with_input = {m: {f.id for f in films if f.only(m) is not None} for m in separate}
    enough = {m: ids for m, ids in with_input.items() if len(ids) >= MIN_FILMS}
    if not enough:
        posters, overviews = (sum(film.has([m]) for film in films) for m in MODALITIES)
        raise DatasetError(
            f"has {posters} films with a poster, {overviews} with an overview and {complete} with "
            f"both, and calibration needs {MIN_FILMS} of one kind",
            where=dataset.path,
            hint="prepare a catalogue with more films",
        )
    manifest = calibrate_single_inputs(bundle, films, tuple(enough))
    kept = None if bundle.familiarity is None else bundle.familiarity.read_bytes()
    return _Fitted(manifest, kept, len(set[str]().union(*enough.values())), tuple(enough))


def _card(bundle: Bundle, fitted: _Fitted) -> str:
    """Return the card of the old bundle with the new figures."""
    card = (bundle.path / CARD).read_text(encoding="utf-8").rstrip()
    what = f"Calibration ({fitted.manifest.decisions.calibration}) and thresholds were fitted again"
    if fitted.inputs:
        inputs = ", ".join(fitted.inputs)
        what = f"Only calibration and thresholds for single inputs ({inputs}) were fitted again"
    return (
        f"{card}\n\n## Recalibrated\n\n{what} on {fitted.films:,} other films. The figures and "
        f"thresholds above are those of the bundle before, {bundle.manifest.digest[:12]}.\n"
    )

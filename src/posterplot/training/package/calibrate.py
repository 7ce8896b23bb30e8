"""Fit what a bundle learns from validation films: decisions, guarantees, languages, familiarity."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from posterplot.dataset.text import clean_overview, overview_text
from posterplot.films import Film, GenreVocabulary, Modality
from posterplot.inference.bundle import Bundle, BundleManifest
from posterplot.inference.decisions import Decisions
from posterplot.inference.predictor import Predictor, features_output
from posterplot.inference.reader import Reader
from posterplot.training.package.decisions import fit_decisions
from posterplot.training.package.familiarity import fit_familiarity
from posterplot.training.package.readable import measured_languages, pieces_limit

MIN_FILMS = 200  # fewer would not fix the thresholds of most genres


class Calibrated(NamedTuple):
    """The results of fitting on validation films.

    Attributes:
        manifest: Manifest with decisions, languages and features.
        familiarity: The file of the bundle, or None.
        figures: Metrics for the provenance.

    """

    manifest: BundleManifest
    familiarity: bytes | None
    figures: dict[str, Any]


def calibrate(
    uncalibrated: Bundle,
    films: Sequence[Film],
    *,
    seed: int = 0,
    held_out: Mapping[str, NDArray[np.float64]] | None = None,
) -> "Calibrated":
    """Fit everything in a bundle that depends on validation films.

    It is fitted on the logits of the exported graph, by ONNX Runtime, without torch.

    Args:
        uncalibrated: A bundle. Its decisions are replaced: those for all inputs, and those for the
            same single inputs.
        films: Validation films, each with an input that the model reads.
        seed: Seed of the folds.
        held_out: Film id -> ``(G,)`` logits of a fit without that film, where the graph itself was
            fitted on these films.

    """
    manifest = _with_text_limits(uncalibrated, films)
    predictor = Predictor(Bundle(uncalibrated.path, manifest))
    outputs = {modality: features_output(modality) for modality in predictor.features}
    wanted = ["logits", *outputs.values()]
    # decisions for films with both modalities are fitted on such films only, unless they are few
    fitted_on = [f for f in films if f.has(predictor.bundle.modalities, every=True)]
    used, rows = _read_whole(predictor, fitted_on, wanted)
    enough = len(used) >= min(MIN_FILMS, len(films) / 2)
    if not enough:
        fitted_on = list(films)
        used, rows = predictor.outputs_of(fitted_on, wanted)
    logits = rows["logits"]
    if held_out:
        pairs = zip(used, logits, strict=True)
        logits = np.stack([held_out.get(film.id, row) for film, row in pairs])
    names = GenreVocabulary(manifest.genres)
    decisions, figures = fit_decisions(logits, names.encode([f.genres for f in used]), seed)
    by_modality: dict[Modality, Decisions] = {}
    for modality in manifest.decisions_by_modality:
        if decided := _fit_single(predictor, modality, fitted_on, seed):
            by_modality[modality] = decided
    # a film without a modality has no features of it
    features = {m: rows[output] for m, output in outputs.items()} if enough else {}
    familiarity = fit_familiarity(features, seed)
    found = {
        "decisions": decisions,
        "decisions_by_modality": by_modality,
        "features": predictor.features,
    }
    stored = None if familiarity is None else familiarity.to_bytes()
    return Calibrated(manifest.model_copy(update=found), stored, figures)


def count_read_whole(bundle: Bundle, films: Sequence[Film]) -> int:
    """Return the number of films that have both inputs, and whose overview would be read.

    Args:
        bundle: A bundle of both modalities.
        films: The films that :func:`calibrate` would be given.

    """
    reader = Reader(Bundle(bundle.path, _with_text_limits(bundle, films)))
    complete = (film for film in films if film.has(bundle.modalities, every=True))
    texts = (text for film in complete if (text := film.without("poster")))
    return sum(reader.read(text).inputs is not None for text in texts)


def _read_whole(
    predictor: Predictor, films: Sequence[Film], outputs: Sequence[str]
) -> tuple[list[Film], dict[str, NDArray[np.float32]]]:
    """Return the films that are read from all their inputs, and the outputs of the graph.

    An overview in another language, for example, is not read, and the decisions for films with a
    poster alone apply to its film.
    """
    if not films:
        return [], {}
    used, rows = predictor.outputs_of(films, outputs)
    whole = np.array([f.has(predictor.bundle.modalities, every=True) for f in used], dtype=bool)
    kept = [film for film, is_whole in zip(used, whole, strict=True) if is_whole]
    return kept, {name: values[whole] for name, values in rows.items()}


def calibrate_single_inputs(
    bundle: Bundle, films: Sequence[Film], inputs: Sequence[Modality]
) -> BundleManifest:
    """Fit again only the decisions for single inputs of a bundle of both modalities.

    Args:
        bundle: A finished bundle.
        films: Labelled films.
        inputs: Inputs that have decisions of their own, and that some of the films have.

    Returns:
        The manifest with these decisions, and with the languages and limits of the overviews if
        those for overviews are among them. Everything else is as it was.

    """
    manifest = _with_text_limits(bundle, films) if "overview" in inputs else bundle.manifest
    predictor = Predictor(Bundle(bundle.path, manifest))
    fitted = {m: _fit_single(predictor, m, films, seed=0) for m in inputs}
    by_modality = {**manifest.decisions_by_modality, **{m: d for m, d in fitted.items() if d}}
    return manifest.model_copy(update={"decisions_by_modality": by_modality})


def _fit_single(
    predictor: Predictor, modality: Modality, films: Sequence[Film], seed: int
) -> Decisions | None:
    """Fit decisions for this input alone; None if no film has it, or none that can be read."""
    parts = [part for film in films if (part := film.only(modality)) is not None]
    used, logits = predictor.logits(parts)
    if not used:
        return None
    targets = GenreVocabulary(predictor.genres).encode([film.genres for film in used])
    return fit_decisions(logits, targets, seed)[0]


def _with_text_limits(uncalibrated: Bundle, films: Sequence[Film]) -> BundleManifest:
    """Return the manifest with the languages and limits of the overviews used for validation."""
    manifest = uncalibrated.manifest
    if manifest.overview is None:
        return manifest
    title = manifest.overview.title
    tokenizer = Reader(uncalibrated).tokenizer
    overviews = [text for film in films if (text := clean_overview(film.overview))]
    languages = measured_languages(overviews)
    return manifest.model_copy(
        update={
            "languages": languages,
            "max_pieces_per_word": tokenizer
            and pieces_limit(tokenizer, [t for f in films if (t := overview_text(f, title=title))]),
        }
    )

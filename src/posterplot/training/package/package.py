"""From a trained model to a bundle: calibration, thresholds, provenance, card."""

import platform
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np

from posterplot import __version__
from posterplot.dataset.reading import Dataset
from posterplot.films import Film, Modality
from posterplot.inference.bundle import Bundle, BundleManifest, write_bundle
from posterplot.inference.decisions import Decisions
from posterplot.inference.predictor import Predictor
from posterplot.training.config.run_config import Config
from posterplot.training.data.film_choice import films_with
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.package.decisions import fit_decisions
from posterplot.training.package.model_card import model_card

BUNDLE = "bundle"


def package(
    config: Config, dataset: Dataset, path: Path, model: TrainedModel, say: Callable[[str], None]
) -> Bundle:
    """Fit calibration and thresholds on the validation films, and write the bundle.

    They are fitted on the logits of the exported graph, by ONNX Runtime.

    Args:
        config: of the model.
        dataset: that it was trained on.
        path: folder of the bundle.
        model: the trained model.
        say: called with each line of progress.

    Raises:
        DatasetError: no validation film has a modality that the model reads.

    """
    genres = dataset.vocabulary.names
    placeholder = Decisions(
        calibration="none",
        scale=(1.0,) * len(genres),
        offset=(0.0,) * len(genres),
        thresholds={"half": (0.5,) * len(genres)},
        rule="half",
    )
    manifest = BundleManifest(
        name=config.name,
        genres=genres,
        poster=model.poster,
        overview=model.overview,
        decisions=placeholder,
        decisions_by_modality=dict.fromkeys(model.single_inputs, placeholder),
        provenance={},
    )
    films = films_with(dataset, "validation", model.modalities)
    # decisions for films with both modalities are fitted on such films only
    films = [f for f in films if f.has(model.modalities, every=True)] or films
    reduced: dict[Modality, list[Film]] = {
        m: [film for f in films if (film := f.only(m))] for m in model.single_inputs
    }
    with tempfile.TemporaryDirectory() as folder:  # a bundle without decisions must not stay
        draft = write_bundle(
            Path(folder) / BUNDLE, manifest, graph=model.graph, tokenizer=model.tokenizer, card=""
        )
        predictor = Predictor(draft)
        features = predictor.features
        films, logits = predictor.logits(films)
        reduced_logits = {m: predictor.logits(part) for m, part in reduced.items() if part}
    if model.held_out:
        logits = np.stack(
            [model.held_out.get(f.id, row) for f, row in zip(films, logits, strict=True)]
        )
    targets = dataset.vocabulary.encode([film.genres for film in films])
    decisions, figures = fit_decisions(logits, targets, config.seed)
    say(
        f"calibration: {decisions.calibration} (chosen on {len(films)} validation films by "
        f"cross-fitting); thresholds: {decisions.rule}"
    )
    decisions_by_modality = {
        m: fit_decisions(z, dataset.vocabulary.encode([f.genres for f in part]), config.seed)[0]
        for m, (part, z) in reduced_logits.items()
    }
    provenance = {
        "posterplot": __version__,
        "versions": _versions(),
        "config": config.model_dump(mode="json", exclude_none=True),
        "dataset": dataset.manifest.fingerprint,
        "films": split_counts(dataset),
        "train_films": model.train_films,
        "decisions": figures,
        **model.notes,
    }
    manifest = manifest.model_copy(
        update={
            "decisions": decisions,
            "decisions_by_modality": decisions_by_modality,
            "features": features,
            "provenance": provenance,
        }
    )
    card = model_card(manifest)
    return write_bundle(path, manifest, graph=model.graph, tokenizer=model.tokenizer, card=card)


def split_counts(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Return the numbers of films of each split, for the provenance of a bundle."""
    counts = {"films", "with_poster", "with_overview"}
    return {s: t.model_dump(include=counts) for s, t in dataset.manifest.splits.items()}


def _versions() -> dict[str, str]:
    networks = ("torch", "torchvision", "timm", "transformers", "lightning")
    parts = (*networks, "scikit-learn", "onnx", "tokenizers", "numpy")
    return {"python": platform.python_version(), **{p: metadata.version(p) for p in parts}}

"""Turn a trained model into a bundle."""

import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from posterplot import __version__
from posterplot.dataset.reading import Dataset
from posterplot.files import scratch_folder
from posterplot.inference.bundle import Bundle, BundleManifest, write_bundle
from posterplot.inference.decisions import Decisions
from posterplot.training.config.run_config import Config
from posterplot.training.data.film_choice import films_with
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.package.calibrate import calibrate
from posterplot.training.package.graph_metadata import without_metadata
from posterplot.training.package.model_card import model_card

BUNDLE = "bundle"


def package(
    config: Config, dataset: Dataset, path: Path, model: TrainedModel, log: Callable[[str], None]
) -> Bundle:
    """Fit calibration and thresholds on the validation films, and write the bundle.

    They are fitted on the logits of the exported graph, by ONNX Runtime.

    Args:
        config: Configuration of the model.
        dataset: Dataset that the model was trained on.
        path: Folder of the bundle.
        model: The trained model.
        log: Called with each line of progress.

    Raises:
        DatasetError: No validation film has a modality that the model reads.

    """
    genres = dataset.vocabulary.names
    placeholder = Decisions(
        calibration="none",
        scale=(1.0,) * len(genres),
        offset=(0.0,) * len(genres),
        thresholds={"half": (0.5,) * len(genres)},
        rule="half",
    )
    graph = without_metadata(model.graph)
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
    log(f"fitting calibration and thresholds on {len(films):,} validation films")
    # a bundle without decisions must not remain
    with scratch_folder(path.with_name(f"{path.name}-without-decisions")) as folder:
        uncalibrated = write_bundle(
            folder / BUNDLE, manifest, graph=graph, tokenizer=model.tokenizer, card=""
        )
        fitted = calibrate(uncalibrated, films, seed=config.seed, held_out=model.held_out)
    manifest, figures = fitted.manifest, fitted.figures
    log(
        f"calibration: {manifest.decisions.calibration} (chosen on {figures['films']} validation "
        f"films by cross-fitting); thresholds: {manifest.decisions.rule}"
    )
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
    manifest = manifest.model_copy(update={"provenance": provenance})
    card = model_card(manifest)
    return write_bundle(
        path,
        manifest,
        graph=graph,
        tokenizer=model.tokenizer,
        card=card,
        familiarity=fitted.familiarity,
    )


def split_counts(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Return the number of films per split and genre, for the provenance of a bundle."""
    counts = {"films", "with_poster", "with_overview", "genres"}
    return {s: t.model_dump(include=counts) for s, t in dataset.manifest.splits.items()}


def _versions() -> dict[str, str]:
    networks = ("torch", "torchvision", "timm", "transformers", "lightning")
    parts = (*networks, "scikit-learn", "onnx", "tokenizers", "numpy")
    return {"python": platform.python_version(), **{p: metadata.version(p) for p in parts}}

"""From what any kind of training made to a bundle: decisions, provenance, card."""

import platform
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np

from posterplot import __version__
from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError
from posterplot.films import Film, Modality, Split
from posterplot.inference.bundle import Bundle, BundleManifest, Decisions, write_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.config.run_config import Config
from posterplot.training.families.trained_model import TrainedModel
from posterplot.training.package.decisions import fit_decisions
from posterplot.training.package.model_card import model_card

BUNDLE = "bundle"


def package(
    config: Config, dataset: Dataset, path: Path, made: TrainedModel, say: Callable[[str], None]
) -> Bundle:
    """Fit decisions on what the exported graph says of the validation films, and write it all."""
    genres = dataset.vocabulary.names
    undecided = Decisions(
        calibration="none",
        scale=(1.0,) * len(genres),
        offset=(0.0,) * len(genres),
        thresholds={"half": (0.5,) * len(genres)},
        rule="half",
    )
    manifest = BundleManifest(
        name=config.name,
        genres=genres,
        poster=made.poster,
        overview=made.overview,
        decisions=undecided,
        decisions_by_modality=dict.fromkeys(made.partial_inputs, undecided),
        provenance={},
    )
    films = films_with(dataset, "validation", made.modalities)
    # what is decided of films with both modalities is learnt from such films
    films = [f for f in films if set(made.modalities) <= set(f.modalities)] or films
    alone: dict[Modality, list[Film]] = {
        m: [shown for f in films if (shown := f.only(m))] for m in made.partial_inputs
    }
    with tempfile.TemporaryDirectory() as folder:  # what is undecided must not pass for a bundle
        draft = write_bundle(
            Path(folder) / BUNDLE, manifest, graph=made.graph, tokenizer=made.tokenizer, card=""
        )
        predictor = Predictor(draft)
        films, logits = predictor.logits(films)
        seen_alone = {m: predictor.logits(shown) for m, shown in alone.items() if shown}
    if made.held_out:
        logits = np.stack(
            [made.held_out.get(f.id, row) for f, row in zip(films, logits, strict=True)]
        )
    targets = dataset.vocabulary.encode([film.genres for film in films])
    decisions, figures = fit_decisions(logits, targets, config.seed)
    say(
        f"calibration: {decisions.calibration} (chosen on {len(films)} validation films by "
        f"cross-fitting); thresholds: {decisions.rule}"
    )
    decisions_by_modality = {
        m: fit_decisions(z, dataset.vocabulary.encode([f.genres for f in shown]), config.seed)[0]
        for m, (shown, z) in seen_alone.items()
    }
    provenance = {
        "posterplot": __version__,
        "versions": _versions(),
        "config": config.model_dump(mode="json", exclude_none=True),
        "dataset": dataset.manifest.fingerprint,
        "films": films_told(dataset),
        "train_films": made.train_films,
        "decisions": figures,
        **made.notes,
    }
    manifest = manifest.model_copy(
        update={
            "decisions": decisions,
            "decisions_by_modality": decisions_by_modality,
            "provenance": provenance,
        }
    )
    card = model_card(manifest)
    return write_bundle(path, manifest, graph=made.graph, tokenizer=made.tokenizer, card=card)


def films_told(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Count the films of each split, for a bundle's provenance."""
    counts = {"films", "with_poster", "with_overview"}
    return {s: t.model_dump(include=counts) for s, t in dataset.manifest.splits.items()}


def films_with(dataset: Dataset, split: Split, modalities: tuple[Modality, ...]) -> list[Film]:
    """Return the films of a split that have at least one of the modalities.

    Raises:
        DatasetError: there is none.

    """
    films = [f for f in dataset.films(split) if set(modalities) & set(f.modalities)]
    if not films:
        raise DatasetError(
            f"no film of {split} has a {' or '.join(modalities)}",
            where=dataset.path,
            hint="prepare a catalogue that has some",
        )
    return films


def _versions() -> dict[str, str]:
    networks = ("torch", "torchvision", "timm", "transformers", "lightning")
    parts = (*networks, "scikit-learn", "onnx", "tokenizers", "numpy")
    return {"python": platform.python_version(), **{p: metadata.version(p) for p in parts}}

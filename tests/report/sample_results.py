"""Sample results of models that recognise some genres and not others; nothing is trained."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from posterplot.dataset.manifest import DatasetManifest, co_occurrence, split_statistics
from posterplot.dataset.reading import Dataset
from posterplot.evaluation import evaluate
from posterplot.evaluation.evaluate import SplitPredictions
from posterplot.films import Film, GenreVocabulary
from posterplot.inference.bundle import GRAPH, Bundle, BundleManifest, OverviewInput, PosterInput
from posterplot.inference.decisions import Decisions
from posterplot.report.findings.gather import EvaluatedModel, Inputs, ReportData, Run

GENRES = ("Action", "Animation", "Documentary", "Drama", "Romance", "Sci-Fi")
FILMS = 120
SEEN = {"poster": ("poster",), "overview": ("overview",), "both": ("poster", "overview")}


def targets(films: int = FILMS, genres: tuple[str, ...] = GENRES):
    """Return ``(N, G)`` bool labels.

    Each genre has a fifth of the films, and each film has at least one genre.
    """
    return (np.arange(films)[:, None] + np.arange(len(genres)) * 2) % 5 == 0


def predicted(inputs: Inputs, strengths: Mapping[str, float], genres: tuple[str, ...] = GENRES):
    """Return predictions of a model that ranks genres better than chance.

    Args:
        inputs: Inputs of the model.
        strengths: Strength in [0, 1] by genre: 0 is chance; 0.9 if absent.
        genres: Genres of the model.
    """
    true = targets(genres=genres)
    rng = np.random.default_rng(len(inputs))
    noise = rng.random(true.shape)
    strength = np.array([strengths.get(g, 0.9) for g in genres])
    probabilities = np.clip(strength * (0.2 + 0.6 * true) + (1 - strength) * noise, 0.001, 0.999)
    films = [
        Film(f"f{n}", f"Title {n}", 1990, "Words.", GenreVocabulary(genres).decode(row[None])[0])
        for n, row in enumerate(true)
    ]
    return SplitPredictions(films, true, probabilities, [SEEN[inputs]] * len(films), {}, {}, {})


def dataset(genres: tuple[str, ...] = GENRES) -> Dataset:
    vocabulary = GenreVocabulary(genres)
    named = vocabulary.decode(targets(genres=genres))
    split = split_statistics([(g, True, True) for g in named], vocabulary)
    manifest = DatasetManifest(
        posterplot="0",
        seed=0,
        poster_side=1,
        genres=genres,
        genres_not_in_train=(),
        splits={"train": split, "test": split},
        imbalance_ratio=1.0,
        co_occurrence=co_occurrence([*named, *named], vocabulary),
        duplicate_groups=0,
        duplicate_films=0,
        rejected={},
        fingerprint="f" * 64,
    )
    return Dataset(Path("nowhere"), manifest)


def bundle(inputs: Inputs, genres: tuple[str, ...] = GENRES) -> Bundle:
    one = (1.0,) * len(genres)
    half = tuple(0.5 * x for x in one)
    manifest = BundleManifest(
        name=f"the-{inputs}",
        genres=genres,
        poster=PosterInput(height=2, width=2) if "poster" in SEEN[inputs] else None,
        overview=OverviewInput(max_tokens=3) if "overview" in SEEN[inputs] else None,
        decisions=Decisions(
            calibration="none",
            scale=one,
            offset=(0.0,) * len(genres),
            thresholds={"half": half, "global": tuple(0.3 * x for x in one)},
            rule="half",
        ),
        provenance={"dataset": "f" * 64, "config": {"kind": "tfidf", "seed": 3}},
        files={GRAPH: "0" * 64},
    )
    return Bundle(Path("nowhere") / inputs, manifest)


def gathered(strengths: Mapping[Inputs, Mapping[str, float]]) -> ReportData:
    """Return the results of one model with each input, or of models with one input each.

    Args:
        strengths: By inputs, the strength of each genre, as :func:`predicted` takes it.
    """
    data = dataset()
    models = []
    joint = bundle("both")
    joint_run = Run(joint.manifest.name, joint, [], "was made up")
    for inputs, by_genre in strengths.items():
        predictions = predicted(inputs, by_genre)
        model = joint if "both" in strengths else bundle(inputs)
        run = (
            joint_run if "both" in strengths else Run(model.manifest.name, model, [], "was made up")
        )
        models.append(
            EvaluatedModel(
                inputs, run.name, run, predictions, evaluate(model, data, "test", predictions)
            )
        )
    return ReportData(
        data, "test", tuple({id(s.run): s.run for s in models}.values()), tuple(models)
    )

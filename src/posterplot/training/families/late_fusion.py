"""Fuse two finished models: a weighted sum of their logits, with weights per genre."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from posterplot.dataset.reading import Dataset
from posterplot.errors import ConfigError
from posterplot.films import MODALITIES
from posterplot.inference.bundle import GRAPH, Bundle
from posterplot.inference.decisions import sigmoid
from posterplot.inference.predictor import Predictor
from posterplot.training.config.run_config import LateFusionConfig
from posterplot.training.data.film_choice import films_with
from posterplot.training.families.fusion_graph import FusionWeights, fuse_graphs
from posterplot.training.families.late_fusion_parts import load_parts
from posterplot.training.families.trained_model import TrainedModel, sources_of
from posterplot.training.package.decisions import folds

Floats = NDArray[np.float64]


def train_late_fusion(
    config: LateFusionConfig, dataset: Dataset, log: Callable[[str], None]
) -> TrainedModel:
    """Fuse two finished runs with weights fitted on the validation films of a dataset.

    Args:
        config: Configuration of the fusion.
        dataset: The one that both runs were trained on.
        log: Called with each line of progress.

    Raises:
        ConfigError: The runs cannot be fused, or were trained on another dataset.
        DatasetError: No validation film has both a poster and an overview.

    """
    poster, overview = load_parts(config)
    for key, part in (("poster", poster), ("overview", overview)):
        if part.manifest.provenance.get("dataset") != dataset.manifest.fingerprint:
            raise ConfigError(
                f"{part.path} was trained on another dataset, which may contain the validation "
                "films",
                where=key,
                hint="train both runs and the fusion on the same dataset",
            )
    hint = "late fusion needs some to fit its weights"
    films = films_with(dataset, "validation", MODALITIES, every=True, hint=hint)
    log(f"{len(films)} validation films have both a poster and an overview")
    log("predicting these films with both models")
    with_poster, z_poster = Predictor(poster).logits(films)
    films, z_overview = Predictor(overview).logits(with_poster)
    if len(films) != len(z_poster):  # a film whose overview has no token is left out
        readable = {film.id for film in films}
        z_poster = z_poster[[film.id in readable for film in with_poster]]
    logits = np.stack([z_poster, z_overview], axis=-1).astype(np.float64)
    targets = dataset.vocabulary.encode([film.genres for film in films]).astype(np.float64)
    counts = dataset.manifest.splits["train"]
    found = np.array([counts.genres[genre] for genre in dataset.vocabulary.names])
    share = (found + 0.5) / (counts.films + 1)

    def fit(chosen: NDArray[np.intp]) -> FusionWeights:
        return fit_weights(
            poster, overview, logits[chosen], targets[chosen], share, config.shrinkage
        )

    fusion = fit(np.arange(len(films)))
    # decisions are fitted on held-out logits: those of fits without the film
    held_out: dict[str, NDArray[np.float64]] = {}
    for fitted, held in folds(len(films), config.seed):
        w = fit(fitted)
        rows = (logits[held] * w.weights[2]).sum(axis=-1) + w.bias[2]
        held_out |= {films[n].id: row for n, row in zip(held, rows, strict=True)}
    return TrainedModel(
        graph=fuse_graphs(poster, overview, fusion),
        tokenizer=overview.tokenizer.read_text(encoding="utf-8"),
        poster=poster.manifest.poster,
        overview=overview.manifest.overview,
        train_films=None,
        notes={
            "sources": sorted(sources_of((poster, overview))),
            "parts": {
                modality: {"name": b.manifest.name, "graph": b.manifest.files[GRAPH]}
                for modality, b in (("poster", poster), ("overview", overview))
            },
            "weights": {
                genre: {"poster": round(float(p), 4), "overview": round(float(o), 4)}
                for genre, (p, o) in zip(dataset.vocabulary.names, fusion.weights[2], strict=True)
            },
        },
        held_out=held_out,
    )


def fit_weights(
    poster: Bundle,
    overview: Bundle,
    logits: Floats,
    targets: Floats,
    share: Floats,
    shrinkage: float,
) -> FusionWeights:
    """Fit the fusion weights on films that have both modalities.

    With z the calibrated logits of each model and π the logit of a genre's share in train, ::

        both modalities: π + w_poster (z_poster - π) + w_overview (z_overview - π) + d
        one modality:    its calibrated logit
        no modality:     π

    Independent models would have weights of 1 (the sum of their logits minus the prior); models
    that use the same information have smaller ones. The weights w ≥ 0 of a genre are regularised
    towards weights common to all genres, which are fitted too, and d towards 0, because a rare
    genre has only a few films.

    Args:
        poster, overview: The finished models.
        logits: ``(N, G, 2)`` raw logits on validation films, poster first.
        targets: ``(N, G)`` in {0, 1}.
        share: ``(G,)`` of the genres in train, in (0, 1).
        shrinkage: Strength of the regularisation, > 0.

    """
    scale, offset = (
        np.stack([np.array(getattr(b.manifest.decisions, part)) for b in (poster, overview)], -1)
        for part in ("scale", "offset")
    )  # (G, 2) each
    prior = np.log(share / (1 - share))  # (G,)
    evidence = logits * scale + offset - prior[:, None]  # (N, G, 2)
    genres = len(prior)

    def unpack(x: Floats) -> tuple[Floats, Floats, Floats]:
        return x[:2], x[2 : 2 + 2 * genres].reshape(genres, 2), x[2 + 2 * genres :]

    def objective(x: Floats) -> tuple[float, Floats]:
        common, w, d = unpack(x)
        z = prior + (evidence * w).sum(axis=-1) + d
        error = sigmoid(z) - targets
        deviation = w - common
        loss = (np.logaddexp(0, z) - targets * z).sum()
        loss += shrinkage / 2 * ((deviation**2).sum() + (d**2).sum())
        gradient = (
            -shrinkage * deviation.sum(axis=0),
            (np.einsum("ng,ngm->gm", error, evidence) + shrinkage * deviation).ravel(),
            error.sum(axis=0) + shrinkage * d,
        )
        return float(loss), np.concatenate(gradient)

    start = np.concatenate([np.full(2 + 2 * genres, 0.8), np.zeros(genres)])
    bounds = [(0.0, None)] * (2 + 2 * genres) + [(None, None)] * genres
    best = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    _, w, d = unpack(best.x)
    weights = np.zeros((4, genres, 2))
    bias = np.zeros((4, genres))
    for m in (0, 1):
        weights[m, :, m], bias[m] = scale[:, m], offset[:, m]
    weights[2] = w * scale
    bias[2] = prior + (w * (offset - prior[:, None])).sum(axis=-1) + d
    bias[3] = prior
    return FusionWeights(weights, bias)

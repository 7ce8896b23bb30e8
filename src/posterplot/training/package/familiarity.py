"""Fit the limits of familiarity on validation films."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from posterplot.films import Modality
from posterplot.inference.familiarity import Familiarity, Space
from posterplot.training.package.decisions import folds

Floats = NDArray[np.float64]

QUANTILE = 0.95  # share of the validation films within the limits
MAX_COMPONENTS = 32  # chosen in docs/experiments.md
_MIN_FILMS = 100  # with fewer, distances are not meaningful
_TINY = float(np.finfo(np.float32).tiny)  # in place of 0 in what is divided by


def fit_familiarity(
    features: Mapping[Modality, NDArray[np.float32]], seed: int = 0
) -> Familiarity | None:
    """Fit the distribution of each modality, and limits that 95 % of the films do not exceed.

    The limits are computed on held-out films, by cross-fitting.

    Args:
        features: Modality -> ``(N, D)`` features of N validation films that have every modality.
        seed: Seed of the folds.

    Returns:
        None without features, or with fewer than 100 films.

    """
    spaces: dict[Modality, Space] = {}
    ratios: list[Floats] = []
    for modality, rows in features.items():
        if len(rows) < _MIN_FILMS:
            return None
        values = rows.astype(np.float64)
        distances = np.empty(len(values))
        for seen, held in folds(len(values), seed):
            distances[held] = _fit(values[seen]).distance(values[held])
        # constant features have no distances
        limit = max(float(np.quantile(distances, QUANTILE)), _TINY)
        spaces[modality] = _fit(values)._replace(limit=np.asarray(limit))
        ratios.append(distances / limit)
    if not spaces:
        return None
    return Familiarity(spaces, float(np.quantile(np.max(ratios, axis=0), QUANTILE)))


def _fit(rows: Floats) -> Space:
    mean = rows.mean(axis=0)
    _, singular, axes = np.linalg.svd(rows - mean, full_matrices=False)
    spread = singular / np.sqrt(len(rows))
    kept = min(MAX_COMPONENTS, len(spread) - 1)
    return Space(
        mean=mean,
        axes=axes[:kept],
        spread=np.maximum(spread[:kept], 1e-6),
        rest=np.maximum((spread[kept:] ** 2).sum(), _TINY),
        limit=np.ones(()),
    )

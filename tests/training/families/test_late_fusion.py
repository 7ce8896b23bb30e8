import numpy as np

from posterplot.training.families.late_fusion import fit_weights


def test_the_better_model_gets_the_larger_weight(parts):
    rng = np.random.default_rng(0)
    genres = len(parts[0].manifest.genres)
    targets = (rng.random((400, genres)) < 0.4).astype(float)
    telling = (targets * 2 - 1) * 2 + rng.normal(size=targets.shape)
    noise = rng.normal(size=targets.shape)
    fitted = fit_weights(
        *parts, np.stack([telling, noise], -1), targets, np.full(genres, 0.4), shrinkage=1.0
    )
    scales = np.stack([np.array(b.manifest.decisions.scale) for b in parts], -1)
    weights = fitted.weights[2] / scales
    assert (weights[:, 0] > 3 * weights[:, 1]).all()
    assert (fitted.weights >= 0).all()


def test_strong_shrinkage_gives_all_genres_equal_weights(parts):
    rng = np.random.default_rng(1)
    genres = len(parts[0].manifest.genres)
    targets = (rng.random((60, genres)) < 0.4).astype(float)
    logits = rng.normal(size=(60, genres, 2))
    scales = np.stack([np.array(b.manifest.decisions.scale) for b in parts], -1)
    spread = {}
    for shrinkage in (0.1, 1e6):
        fitted = fit_weights(*parts, logits, targets, np.full(genres, 0.4), shrinkage=shrinkage)
        spread[shrinkage] = np.ptp(fitted.weights[2] / scales, axis=0).max()
    assert spread[1e6] < 1e-3 < spread[0.1]

import numpy as np
import pytest

from posterplot.training.adapt.linear import fit_linear


def test_a_linear_model_by_hand():
    """Two blocks, one of which a third of the rows lacks; the target is a sum of both."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(600, 3)) + 5, 0.01 * rng.normal(size=(600, 2))
    there = np.arange(600) % 3 > 0
    logits = 3 * (a[:, 0] - 5) + np.where(there, 400 * b[:, 1], 0)
    targets = (logits > 0).astype(float)[:, None]
    model = fit_linear(
        {"a": a, "b": np.where(there[:, None], b, 99)},
        {"a": np.ones(600, bool), "b": there},
        targets,
        np.arange(600) // 2,
    )
    total = a @ model.weights["a"] + model.present["a"] + model.bias
    total += np.where(there[:, None], b @ model.weights["b"] + model.present["b"], 0)
    assert ((total > 0) == (targets > 0)).mean() > 0.97
    assert ((model.held_out > 0) == (targets > 0)).mean() > 0.95
    assert model.held_out.shape == (600, 1)


def test_a_block_that_no_film_has_adds_nothing():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(90, 3))
    targets = (a[:, :1] > 0).astype(float)
    model = fit_linear(
        {"a": a, "b": np.zeros((90, 2))},
        {"a": np.ones(90, bool), "b": np.zeros(90, bool)},
        targets,
        np.arange(90),
    )
    assert np.isfinite(model.held_out).all()
    assert np.abs(model.weights["b"]).max() == pytest.approx(0)
    assert model.present["b"] == pytest.approx(0)

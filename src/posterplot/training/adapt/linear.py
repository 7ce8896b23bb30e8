"""A regularised linear model for each genre, on several blocks of features."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

Floats = NDArray[np.float64]

FOLDS = 4
# values of C in scikit-learn, the inverse of the regularisation strength
STRENGTHS = (0.03, 0.3, 3.0, 30.0)
_MAX_COMPONENTS = 256  # number of principal components that are kept


class Linear(NamedTuple):
    """``logits = sum of x @ weights[block] + bias``, a block being zeros where it is absent.

    Attributes:
        weights: Block -> ``(D, G)`` coefficients.
        present: Block -> ``(G,)`` terms, added where the block is present.
        bias: ``(G,)``.
        held_out: ``(N, G)`` logits of the rows, each by a fit without the films of its row.
        strengths: ``(G,)`` that cross-validation chose.

    """

    weights: dict[str, Floats]
    present: dict[str, Floats]
    bias: Floats
    held_out: Floats
    strengths: Floats


def fit_linear(
    blocks: Mapping[str, Floats],
    present: Mapping[str, NDArray[np.bool_]],
    targets: Floats,
    films: NDArray[np.intp],
) -> Linear:
    """Fit one logistic regression per genre, its strength chosen by cross-validated log loss.

    The blocks are scaled to the same total variance, so that wide blocks do not outweigh others.
    The first 256 principal components are used.

    Args:
        blocks: Block -> ``(N, D)`` features; rows where the block is absent are ignored.
        present: Block -> ``(N,)`` bool, whether the block is present in each row.
        targets: ``(N, G)`` in {0, 1}; of each genre, some are 0 and some are 1.
        films: ``(N,)`` the film of each row; rows of one film are held out together.

    """
    # a block that is absent from all rows contributes nothing
    seen = {name: rows[present[name]] for name, rows in blocks.items()}
    means = {
        name: rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1])
        for name, rows in seen.items()
    }
    scales = {
        name: np.sqrt(rows.var(axis=0).sum() + 1e-12) if len(rows) else 1.0
        for name, rows in seen.items()
    }
    centred = {
        name: np.where(present[name][:, None], (rows - means[name]) / scales[name], 0)
        for name, rows in blocks.items()
    }
    joined = np.concatenate(list(centred.values()), axis=1)
    flags = np.stack([present[name].astype(np.float64) for name in blocks], axis=1)
    _, _, axes = np.linalg.svd(joined, full_matrices=False)
    axes = axes[:_MAX_COMPONENTS]
    rows = np.concatenate([joined @ axes.T, flags], axis=1)
    held_out, strengths = _cross_validate(rows, targets, films)
    fits = [
        _regression(strength).fit(rows, column)
        for strength, column in zip(strengths, targets.T, strict=True)
    ]
    found = np.stack([fit.coef_[0] for fit in fits], axis=1)  # (256 + blocks, G)
    bias = np.array([fit.intercept_[0] for fit in fits])
    directions = axes.T @ found[: len(axes)]  # (sum of D, G)
    edges = np.cumsum([rows.shape[1] for rows in blocks.values()])[:-1]
    weights = {
        name: part / scales[name]
        for name, part in zip(blocks, np.split(directions, edges), strict=True)
    }
    offsets = {
        name: found[len(axes) + n] - means[name] @ weights[name] for n, name in enumerate(blocks)
    }
    return Linear(weights, offsets, bias, held_out, strengths)


def _cross_validate(
    rows: Floats, targets: Floats, films: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Return ``(N, G)`` held-out logits with the best strength of each genre, and the strengths."""
    logits = np.zeros((len(STRENGTHS), *targets.shape))
    share = targets.mean(axis=0)
    for seen, held in GroupKFold(FOLDS, shuffle=True, random_state=0).split(rows, groups=films):
        for g, column in enumerate(targets.T):
            if not 0 < column[seen].sum() < len(seen):  # all films of a rare genre may be held out
                logits[:, held, g] = np.log(share[g] / (1 - share[g]))
                continue
            for s, strength in enumerate(STRENGTHS):
                fit = _regression(strength).fit(rows[seen], column[seen])
                logits[s, held, g] = fit.decision_function(rows[held])
    losses = (np.logaddexp(0, logits) - targets * logits).mean(axis=1)  # (strengths, G)
    best = losses.argmin(axis=0)
    held_out = np.take_along_axis(logits, best[None, None, :], axis=0)[0]
    return held_out, np.array(STRENGTHS)[best]


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=300, tol=1e-3)

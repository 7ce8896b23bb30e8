"""Fit calibration and thresholds on validation films.

A few hundred validation films contain only a few films of a rare genre, too few to fit a threshold
to. So calibration is chosen by cross-fitting, and thresholds are computed only from the calibrated
probabilities.
"""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import KFold

from posterplot.inference.decisions import Decisions, Rule, sigmoid
from posterplot.training.package.guarantees import fit_guarantees

Floats = NDArray[np.float64]
Calibration = Literal["none", "temperature", "platt"]
_Folds = list[tuple[NDArray[np.intp], NDArray[np.intp]]]  # films to fit on, films held out

FOLDS = 5
# an upper bound, in case rounding makes thresholds alternate
_SWEEPS = 50
_GRID = np.linspace(0.02, 0.98, 97)
_PLATT_STRENGTH = 2.0


def fit_decisions(
    logits: NDArray[np.floating[Any]], targets: NDArray[np.floating[Any]], seed: int = 0
) -> tuple[Decisions, dict[str, Any]]:
    """Choose a calibration, and fit it, thresholds and guarantees.

    Calibration is chosen by cross-fitted log-loss and then fitted on all films. Fewer than ten
    films are too few to choose from: the logits stay as they are. Genres are decided by one
    threshold per genre; cross-fitted figures of the other rules are returned too.

    Args:
        logits: ``(N, G)`` of validation films.
        targets: ``(N, G)`` in {0, 1}.
        seed: Seed of the folds.

    Returns:
        The decisions, and cross-fitted figures of each calibration and of each rule.

    """
    z, t = logits.astype(np.float64), targets.astype(np.float64)
    splits = folds(len(z), seed)
    losses: dict[Calibration, float] = {
        kind: _log_loss(_cross_fit(z, t, splits, kind), t)
        for kind in (get_args(Calibration) if len(splits) > 1 else ("none",))
    }
    chosen = min(losses, key=lambda kind: losses[kind])
    # out-of-fold probabilities, which are like those of new films
    p = sigmoid(_cross_fit(z, t, splits, chosen))
    scale, offset = _fit_calibration(z, t, chosen)
    thresholds = fit_thresholds(p, t)
    decisions = Decisions(
        calibration=chosen,
        scale=tuple(scale.tolist()),
        offset=tuple(offset.tolist()),
        thresholds={rule: tuple(values.tolist()) for rule, values in thresholds.items()},
        rule="genre",
        guarantees=fit_guarantees(p, t),
    )
    return decisions, {
        "films": len(z),
        "folds": len(splits),
        "log_loss": {kind: round(value, 5) for kind, value in losses.items()},
        "mean_of_micro_and_macro_f1": {
            rule: round(value, 4) for rule, value in _scores(p, t, splits).items()
        },
    }


def fit_thresholds(probabilities: Floats, targets: Floats) -> dict[Rule, Floats]:
    """Fit the thresholds of all rules.

    ``half`` is 0.5. ``global`` is one threshold for all genres, with the best mean of micro- and
    macro-F1 on these films. ``genre`` is one threshold per genre: together they have the best mean
    that is expected if the probabilities are right (Lipton et al., arXiv 1402.1892, for a single
    F1). So the labels of a rare genre influence only its calibration. The threshold of a rare genre
    is close to half of its own F1, that of a frequent genre closer to half of the micro-F1.

    Args:
        probabilities: ``(N, G)``, calibrated.
        targets: ``(N, G)`` in {0, 1}.

    Returns:
        Rule -> ``(G,)`` thresholds. A genre without a film has the global threshold.

    """
    support = targets.sum(axis=0)
    decided = np.stack([(probabilities >= g).sum(axis=0) for g in _GRID])  # (K, G)
    hits = np.stack([((probabilities >= g) * targets).sum(axis=0) for g in _GRID])
    common = int(np.argmax([sum(_f1(d, h, support)) for d, h in zip(decided, hits, strict=True)]))
    expected = np.stack([((probabilities >= g) * probabilities).sum(axis=0) for g in _GRID])
    known = support > 0
    per_genre = np.full(len(support), common)
    per_genre[known] = _ascend(
        decided[:, known], expected[:, known], probabilities[:, known].sum(axis=0), common
    )
    return {
        "half": np.full(len(support), 0.5),
        "global": np.full(len(support), _GRID[common]),
        "genre": _GRID[per_genre],
    }


def _ascend(decided: Floats, hits: Floats, support: Floats, start: int) -> NDArray[np.intp]:
    """Return the ``(G,)`` grid indices with the best mean of micro- and macro-F1.

    Coordinate ascent: one threshold after another, with the others fixed, until none changes.

    Args:
        decided: ``(K, G)`` films decided at each position.
        hits: ``(K, G)`` those of them that have the genre.
        support: ``(G,)`` films that have the genre.
        start: The position from which all genres start.

    """
    genres = np.arange(len(support))
    macro = 2 * hits / (decided + support) / len(genres)
    found = np.full(len(support), start)
    for _ in range(_SWEEPS):
        before = found.copy()
        for g in genres:
            other_hits = hits[found, genres].sum() - hits[found[g], g]
            others = decided[found, genres].sum() - decided[found[g], g] + support.sum()
            micro = 2 * (other_hits + hits[:, g]) / (others + decided[:, g])
            found[g] = np.argmax(micro + macro[:, g])
        if (found == before).all():
            break
    return found


def _f1(decided: Floats, hits: Floats, support: Floats) -> tuple[float, float]:
    """Return micro- and macro-F1. Macro-F1 leaves out genres without a positive film."""
    micro = 2 * hits.sum() / max(decided.sum() + support.sum(), 1)
    known = support > 0
    macro = (2 * hits[known] / (decided[known] + support[known])).mean() if known.any() else 0.0
    return float(micro), float(macro)


def _fit_calibration(z: Floats, t: Floats, kind: Calibration) -> tuple[Floats, Floats]:
    """Fit ``(G,)`` scales > 0 and ``(G,)`` offsets of ``sigmoid(scale z + offset)``.

    ``temperature`` is one scale for all genres (Guo et al., arXiv 1706.04599). ``platt`` is a scale
    and an offset per genre (Platt, 1999), with a Gaussian prior around scale 1 and offset 0.
    """
    genres = z.shape[1]
    if kind == "none":
        return np.ones(genres), np.zeros(genres)
    if kind == "temperature":

        def loss_of(x: Floats) -> float:
            return _log_loss(np.exp(x[0]) * z, t)

        best = minimize(loss_of, np.zeros(1), method="Nelder-Mead")
        return np.full(genres, float(np.exp(best.x[0]))), np.zeros(genres)

    def all_genres(x: Floats) -> tuple[float, Floats]:
        a, b = x[:genres], x[genres:]
        scale = np.exp(a)
        error = sigmoid(scale * z + b) - t
        loss = _log_loss(scale * z + b, t) * z.size
        loss += _PLATT_STRENGTH * float((a**2).sum() + 0.1 * (b**2).sum())
        gradient_a = (error * z * scale).sum(axis=0) + 2 * _PLATT_STRENGTH * a
        gradient_b = error.sum(axis=0) + 0.2 * _PLATT_STRENGTH * b
        return loss, np.concatenate([gradient_a, gradient_b])

    best = minimize(all_genres, np.zeros(2 * genres), jac=True, method="L-BFGS-B")
    return np.exp(best.x[:genres]), best.x[genres:]


def _cross_fit(
    z: Floats,
    t: Floats,
    splits: _Folds,
    kind: Calibration,
) -> Floats:
    """Return ``(N, G)`` calibrated logits, each from a fit without that film."""
    out = np.zeros_like(z)
    for fitted, held in splits:
        scale, offset = _fit_calibration(z[fitted], t[fitted], kind)
        out[held] = z[held] * scale + offset
    return out


def _scores(p: Floats, t: Floats, splits: _Folds) -> dict[Rule, float]:
    """Return the cross-fitted mean of micro- and macro-F1 for each rule."""
    decided: dict[Rule, NDArray[np.bool_]] = {
        rule: np.zeros_like(t, dtype=bool) for rule in get_args(Rule)
    }
    for fitted, held in splits:
        for rule, thresholds in fit_thresholds(p[fitted], t[fitted]).items():
            decided[rule][held] = p[held] >= thresholds
    return {rule: sum(_f1(d.sum(0), (d * t).sum(0), t.sum(0))) / 2 for rule, d in decided.items()}


def folds(films: int, seed: int) -> _Folds:
    """Split N films into five pairs of films to fit on and films held out.

    Fewer than ten films are not split: all of them are in both.
    """
    if films < 2 * FOLDS:
        everything = np.arange(films)
        return [(everything, everything)]
    return list(KFold(FOLDS, shuffle=True, random_state=seed).split(np.zeros(films)))


def _log_loss(z: Floats, t: Floats) -> float:
    return float((np.logaddexp(0, z) - t * z).mean())

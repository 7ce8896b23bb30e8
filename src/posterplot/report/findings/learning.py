"""Diagnose a learning curve: the best epoch, the plateau, overfitting and volatility."""

from typing import NamedTuple

import numpy as np

from posterplot.wording import count, percent

# mAP this close to the best counts as equally good: its interval is far wider
_PLATEAU = 0.01
# validation recall that changes by more than this per epoch is called volatile
_VOLATILE = 0.03
# validation loss above the train loss by more than this share of it is called a gap
_GAP = 0.10


class Diagnosis(NamedTuple):
    """Properties of the curves of one run. Epochs are counted from 1.

    Attributes:
        epochs: Number of finished epochs.
        best: Epoch of the best validation mAP, whose weights are kept.
        mAP: MAP on validation films at the best epoch.
        plateau: First epoch within 0.01 mAP of the best.
        lowest: Epoch of the lowest validation loss.
        gap: Validation loss less train loss at the best epoch, as a share of the train loss.
        rise: Validation loss of the last epoch minus the lowest, as a share of the lowest.
        volatility: Mean absolute change of validation recall per epoch, averaged over micro and
            macro; NaN with one epoch.
        jump: The largest change of either, and the epoch after it.

    """

    epochs: int
    best: int
    mAP: float  # noqa: N815 - the field's own name
    plateau: int
    lowest: int
    gap: float
    rise: float
    volatility: float
    jump: tuple[float, int]


def diagnose(history: list[dict[str, float]]) -> Diagnosis:
    """Diagnose the curves of a run.

    Args:
        history: Rows of the history, one or more epochs.

    """
    mean_ap = np.array([row["validation_mAP"] for row in history])
    loss = np.array([row["validation_loss"] for row in history])
    best = int(np.nanargmax(mean_ap)) if not np.isnan(mean_ap).all() else int(loss.argmin())
    lowest = int(np.nanargmin(loss))
    train = history[best]["train_loss"]
    recalls = [[row[f"validation_{mean}_recall"] for row in history] for mean in ("micro", "macro")]
    moves = np.abs(np.diff(np.array(recalls), axis=1))  # (2, E - 1)
    near = mean_ap >= mean_ap[best] - _PLATEAU
    return Diagnosis(
        epochs=len(history),
        best=int(history[best]["epoch"]) + 1,
        mAP=float(mean_ap[best]),
        plateau=int(history[int(near.argmax())]["epoch"]) + 1,
        lowest=int(history[lowest]["epoch"]) + 1,
        gap=float(loss[best] / train - 1),
        rise=float(loss[-1] / loss[lowest] - 1),
        volatility=float(moves.mean()) if moves.size else float("nan"),
        jump=(float(moves.max()), int(history[int(moves.max(axis=0).argmax()) + 1]["epoch"]) + 1)
        if moves.size
        else (0.0, 1),
    )


def describe_diagnosis(found: Diagnosis) -> list[str]:
    """Describe a diagnosis in sentences."""
    sentences = [
        f"Epoch {found.best} of {found.epochs} was best, with a validation mAP of {found.mAP:.3f}."
    ]
    if found.epochs == 1:
        return [*sentences, "One epoch is not enough for a curve."]
    later = found.epochs - found.plateau
    if found.best == found.epochs and later < max(2, found.epochs // 5):
        sentences.append(
            f"Plateau: not reached. mAP came within {_PLATEAU} of its best only at epoch "
            f"{found.plateau}, so longer training may help."
        )
    else:
        sentences.append(
            f"Plateau: mAP was within {_PLATEAU} of its best at epoch {found.plateau} already; "
            f"{count(later, 'further epoch')} added no more than that."
        )
    gap = f"at the best epoch the validation loss is {percent(abs(found.gap))}"
    if found.gap > _GAP:
        sentences.append(
            f"Gap: {gap} above the train loss. The model fits the films that it was trained on "
            "better than other films."
        )
    elif found.gap < -_GAP:
        sentences.append(
            f"Gap: none; {gap} below the train loss. Augmentation, dropout and averaging over an "
            "epoch raise the train loss."
        )
    else:
        sentences.append(
            f"Gap: small; {gap} {'above' if found.gap > 0 else 'below'} the train loss."
        )
    if found.rise > 0.02:
        sentences.append(
            f"Overfitting: the validation loss was lowest at epoch {found.lowest} and "
            f"{percent(found.rise)} higher at the last epoch."
        )
    else:
        sentences.append(
            f"Overfitting: the validation loss shows none; it was lowest at epoch {found.lowest}."
        )
    size, epoch = found.jump
    steady = "volatile" if found.volatility > _VOLATILE else "steady"
    sentences.append(
        f"Recall on validation films is {steady}: it changes by {found.volatility:.3f} per epoch "
        f"on average, and by {size:.3f} at most, at epoch {epoch}."
    )
    return sentences

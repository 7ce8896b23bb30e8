"""What a learning curve shows, in words: the best epoch, the gap, the plateau, the volatility."""

from typing import NamedTuple

import numpy as np

from posterplot.report.page.wording import count

# mAP within so much of the best is as good: intervals are far wider
_PLATEAU = 0.01
# validation recall that moves by more than this from one epoch to the next is volatile
_VOLATILE = 0.03
# validation loss above train loss by more than this share of it is a gap
_GAP = 0.10


class Diagnosis(NamedTuple):
    """What the curves of one run say. Epochs are counted from 1.

    Attributes:
        epochs: that were finished.
        best: epoch of the best validation mAP, the one that was kept.
        mAP: of validation, at the best epoch.
        plateau: first epoch within 0.01 mAP of the best.
        lowest: epoch of the lowest validation loss.
        gap: validation loss less train loss at the best epoch, as a share of the train loss.
        rise: validation loss of the last epoch above its lowest, as a share of that.
        volatility: mean absolute change of validation recall from epoch to epoch, the mean of
            micro and macro; NaN with one epoch.
        jump: the largest change of either, and the epoch to which it led.

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
    """Read the curves of a run.

    Args:
        history: one or more epochs.

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


def say_diagnosis(found: Diagnosis) -> list[str]:
    """Say it."""
    said = [
        f"Epoch {found.best} of {found.epochs} was best, with a validation mAP of {found.mAP:.3f}."
    ]
    if found.epochs == 1:
        return [*said, "One epoch makes no curve."]
    later = found.epochs - found.plateau
    if found.best == found.epochs and later < max(2, found.epochs // 5):
        said.append(
            f"Plateau: none; mAP came within {_PLATEAU} of its best only at epoch {found.plateau}, "
            "so that longer training may help."
        )
    else:
        said.append(
            f"Plateau: from epoch {found.plateau} on mAP had come within {_PLATEAU} of its best; "
            f"{count(later, 'further epoch')} added no more than that."
        )
    if found.gap > _GAP:
        said.append(
            f"Gap: at the best epoch the validation loss is {100 * found.gap:.0f} % above the "
            "train loss: the model knows the films it has seen better than others."
        )
    elif found.gap < -_GAP:
        said.append(
            f"Gap: none; at the best epoch the validation loss is {-100 * found.gap:.0f} % below "
            "the train loss, which augmentation, dropout and the mean over an epoch raise."
        )
    else:
        said.append(
            f"Gap: small; at the best epoch the validation loss is {100 * abs(found.gap):.0f} % "
            f"{'above' if found.gap > 0 else 'below'} the train loss."
        )
    if found.rise > 0.02:
        said.append(
            f"Overfitting: the validation loss was lowest at epoch {found.lowest} and "
            f"{100 * found.rise:.0f} % higher at the last."
        )
    else:
        said.append(
            f"Overfitting: none to be seen in the validation loss, lowest at epoch {found.lowest}."
        )
    size, epoch = found.jump
    steady = "volatile" if found.volatility > _VOLATILE else "steady"
    said.append(
        f"Recall is {steady}: on validation films it moves by {found.volatility:.3f} an epoch, and "
        f"by {size:.3f} at most, to epoch {epoch}."
    )
    return said

"""How probable it is that a label is wrong: confident learning, then Bayes' rule.

Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels" (2021,
https://arxiv.org/abs/1911.00068), by ``cleanlab``: counts how many labels of a catalogue are wrong.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Of a film that has as many genres as its catalogue ever names, how much less a missing one says.
_FULL = 0.1
_TINY = 1e-12


class NoiseRates(NamedTuple):
    """How often labels are wrong, in [0, 1].

    Args:
        added: the share of the films without a genre that are given it.
        lost: the share of the films with a genre that are not given it.
    """

    added: float
    lost: float


def noise_rates(labels: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> NoiseRates:
    """Estimate how often labels are wrong, over all genres together.

    A rate for each genre was worse on real films: rare genres have too few films to count.

    Args:
        labels: ``(N, G)``, as the catalogue has them; each genre is given to a film, and not to
            another.
        probabilities: ``(N, G)`` in [0, 1], calibrated, of a model that did not learn from these
            films.
    """
    from cleanlab.count import estimate_joint

    lists = [np.flatnonzero(row).tolist() for row in labels]
    joint = np.asarray(estimate_joint(lists, probabilities, multi_label=True))  # (G, given, true)
    shares = joint.mean(axis=0)
    return NoiseRates(
        added=float(shares[1, 0] / max(shares[:, 0].sum(), _TINY)),
        lost=float(shares[0, 1] / max(shares[:, 1].sum(), _TINY)),
    )


def suspicion(
    labels: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    rates: NoiseRates,
    at_most: int | None = None,
) -> NDArray[np.float64]:
    """Return the probability that each label is wrong.

    With p the model's probability of a genre, a the rate of added labels and l that of lost ones::

        given    a (1 - p) / (a (1 - p) + (1 - l) p)
        missing  l p / (l p + (1 - a) (1 - p))

    Args:
        labels: ``(N, G)``.
        probabilities: ``(N, G)`` in [0, 1].
        rates: from :func:`noise_rates`.
        at_most: how many genres a film of this catalogue has at most, by its habit: one that has
            as many may lack others for no other reason. None: no such habit.

    Returns:
        ``(N, G)`` in [0, 1].
    """
    p, added, lost = probabilities, rates.added, rates.lost
    given = added * (1 - p) / (added * (1 - p) + (1 - lost) * p + _TINY)
    missing = lost * p / (lost * p + (1 - added) * (1 - p) + _TINY)
    if at_most is not None:
        full = labels.sum(axis=1, keepdims=True) >= at_most
        missing = missing * np.where(full, _FULL, 1.0)
    return np.where(labels, given, missing)

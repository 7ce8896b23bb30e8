"""The probability that a label is wrong, by confident learning and Bayes' rule.

Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels" (2021,
https://arxiv.org/abs/1911.00068), by ``cleanlab``: counts how many labels of a catalogue are wrong.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Factor on the suspicion of missing genres for films with the largest number of genres.
_FULL = 0.1
_TINY = 1e-12


class NoiseRates(NamedTuple):
    """Rates of wrong labels, in [0, 1].

    Args:
        added: share of the films without a genre that are labelled with it.
        lost: share of the films with a genre that are not labelled with it.
    """

    added: float
    lost: float


def noise_rates(labels: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> NoiseRates:
    """Estimate the rates of wrong labels over all genres together.

    Separate rates for each genre were worse on real films: rare genres have too few films.

    Args:
        labels: ``(N, G)`` of the catalogue; every genre has films with and without it.
        probabilities: ``(N, G)`` in [0, 1], calibrated, of a model that was not trained on these
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
        at_most: largest number of genres of a film, by the rules of the catalogue. A film with
            so many genres may lack others for this reason. None: no such rule.

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

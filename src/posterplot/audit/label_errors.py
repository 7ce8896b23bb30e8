"""Estimate the probability that a label is wrong, by confident learning and Bayes' rule.

Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels" (2021,
https://arxiv.org/abs/1911.00068), as implemented in ``cleanlab``, estimates how many labels are
wrong.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_FOLDS = 5
_MAX_OTHER_GENRES = 4  # larger numbers of other genres share one feature
# Factor on the error probability of missing genres, for films with the largest number of genres.
_MAX_GENRES_FACTOR = 0.1
_EPSILON = 1e-12
_CLIP = 1e-4  # probabilities are clipped to this distance from 0 and 1


class NoiseRates(NamedTuple):
    """Rates of wrong labels, in [0, 1].

    Args:
        added: Share of the films without a genre that are labelled with it.
        lost: Share of the films with a genre that are not labelled with it.
    """

    added: float
    lost: float


def estimate_label_errors(
    labels: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    full: NDArray[np.bool_] | None = None,
) -> tuple[NoiseRates, NDArray[np.float64]]:
    """Estimate the rates of wrong labels, and the probability that each label is wrong.

    Args:
        labels: ``(N, G)`` labels in the catalogue that :func:`can_estimate`; every film has a
            genre.
        probabilities: ``(N, G)`` in [0, 1], predicted by a model that was not trained on these
            films.
        full: See :func:`label_error_probabilities`.

    Returns:
        The rates, and the ``(N, G)`` probabilities in [0, 1] that a label is wrong; 0 for genres
        that no film has, or all have.
    """
    covered = _covered(labels)
    covered_labels = labels[:, covered]
    fitted = fit_to_catalogue(covered_labels, probabilities[:, covered])
    rates = noise_rates(covered_labels, fitted)
    errors = np.zeros(labels.shape)
    errors[:, covered] = label_error_probabilities(covered_labels, fitted, rates, full)
    return rates, errors


def can_estimate(labels: NDArray[np.bool_]) -> bool:
    """Return whether label errors can be estimated: the films must differ in their genres.

    Args:
        labels: ``(N, G)``.
    """
    differing = labels[:, _covered(labels)]
    fold = _folds(len(labels))
    # every regression needs labels of both kinds
    parts = [differing[fold != part] for part in range(_FOLDS)]
    return all(part.any() and not part.all() for part in parts)


def _covered(labels: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the genres that some films have and some do not: confident learning needs both."""
    return np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0))


def _folds(films: int) -> NDArray[np.intp]:
    return np.arange(films) % _FOLDS


def fit_to_catalogue(
    labels: NDArray[np.bool_], probabilities: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit a model's probabilities to the number of genres per film in a catalogue.

    Catalogues differ in whether they list one genre or all that apply. So a logistic regression
    over all films and genres predicts the label from the model's logit and the number of the film's
    other genres. If films have at most three genres, a film with three others rarely has a further
    one, and a film with one genre probably lacks another. Each film is predicted by a regression
    that was fitted to other films.

    Args:
        labels: ``(N, G)``.
        probabilities: ``(N, G)`` in [0, 1].

    Returns:
        ``(N, G)`` in [0, 1].
    """
    from sklearn.linear_model import LogisticRegression

    clipped = np.clip(probabilities, _CLIP, 1 - _CLIP)
    others = np.minimum(labels.sum(axis=1, keepdims=True) - labels, _MAX_OTHER_GENRES)
    # Films without another genre get no column. Every film has a genre, so such a column would
    # prove that the film has this one, and a wrong label of a film with one genre would never be
    # found.
    counts = [others == count for count in range(2, _MAX_OTHER_GENRES + 1)]
    features = np.stack([np.log(clipped / (1 - clipped)), *counts], axis=-1)  # (N, G, F)
    fold = _folds(len(labels))
    fitted = np.empty(labels.shape)
    for part in range(_FOLDS):
        training, held_out = features[fold != part], features[fold == part]
        regression = LogisticRegression(max_iter=1000).fit(
            training.reshape(-1, training.shape[-1]), labels[fold != part].ravel()
        )
        predicted = regression.predict_proba(held_out.reshape(-1, held_out.shape[-1]))[:, 1]
        fitted[fold == part] = predicted.reshape(held_out.shape[:2])
    return fitted


def noise_rates(labels: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> NoiseRates:
    """Estimate the rates of wrong labels over all genres together.

    Separate rates for each genre were worse on real films: rare genres have too few films.

    Args:
        labels: ``(N, G)`` labels in the catalogue; every genre has films with and without it.
        probabilities: ``(N, G)`` in [0, 1], calibrated, predicted by a model that was not
            trained on these films.
    """
    from cleanlab.count import estimate_joint

    lists = [np.flatnonzero(row).tolist() for row in labels]
    joint = np.asarray(estimate_joint(lists, probabilities, multi_label=True))  # (G, given, true)
    shares = joint.mean(axis=0)
    return NoiseRates(
        added=float(shares[1, 0] / max(shares[:, 0].sum(), _EPSILON)),
        lost=float(shares[0, 1] / max(shares[:, 1].sum(), _EPSILON)),
    )


def label_error_probabilities(
    labels: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    rates: NoiseRates,
    full: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Return the probability that each label is wrong.

    With p the model's probability of a genre, a the rate of added labels and l that of lost ones::

        given    a (1 - p) / (a (1 - p) + (1 - l) p)
        missing  l p / (l p + (1 - a) (1 - p))

    Args:
        labels: ``(N, G)``.
        probabilities: ``(N, G)`` in [0, 1].
        rates: Rates returned by :func:`noise_rates`.
        full: ``(N,)`` whether a film has the largest number of genres that the catalogue lists for
            a film, so that it may have others. None: there is no largest number.

    Returns:
        ``(N, G)`` in [0, 1].
    """
    p, added, lost = probabilities, rates.added, rates.lost
    given = added * (1 - p) / (added * (1 - p) + (1 - lost) * p + _EPSILON)
    missing = lost * p / (lost * p + (1 - added) * (1 - p) + _EPSILON)
    if full is not None:
        missing = missing * np.where(full[:, None], _MAX_GENRES_FACTOR, 1.0)
    return np.where(labels, given, missing)

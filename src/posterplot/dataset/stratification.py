"""Iterative stratification with little memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from posterplot.dataset.blocks import blocks, count_each


def iterative_stratification(
    label_sets: NDArray[np.int32],
    labels: NDArray[np.bool_],
    shares: Sequence[float],
    random: np.random.RandomState,
) -> NDArray[np.int8]:
    """Divide N samples into parts, so that each label has about the same share in every part.

    Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label Data" (2011). The result
    is that of ``IterativeStratification`` in the package iterative-stratification, which needs all
    labels of all samples several times over: 100 MB for a million films. Here samples with the same
    labels share them.

    Args:
        label_sets: ``(N,)`` indices into ``labels``.
        labels: ``(K, G)``, the different sets of labels.
        shares: Shares of the parts; their sum is 1.
        random: Random state that breaks ties.

    Returns:
        ``(N,)`` numbers of parts.
    """
    parts = np.zeros(len(label_sets), np.int8)
    left = np.ones(len(label_sets), bool)
    remaining = count_each(label_sets, len(labels))
    # Numbers of samples, and of samples with each label, that a part still lacks.
    wanted = [share * len(label_sets) for share in shares]
    wanted_of_label = [(share * (remaining @ labels)).tolist() for share in shares]
    labels_of_set = [np.flatnonzero(row).tolist() for row in labels]
    while (counts := remaining @ labels).any():
        rarest = np.flatnonzero(counts == counts[counts > 0].min())
        label = int(rarest[random.choice(len(rarest))] if len(rarest) > 1 else rarest[0])
        chosen = labels[:, label] & (remaining > 0)
        for block in blocks(len(label_sets)):
            here = chosen[label_sets[block]] & left[block]
            for sample in (np.flatnonzero(here) + block.start).tolist():
                part = _neediest([row[label] for row in wanted_of_label], wanted, random)
                parts[sample] = part
                for other in labels_of_set[label_sets[sample]]:
                    wanted_of_label[part][other] -= 1
                wanted[part] -= 1
            left[block] &= ~here
        remaining[chosen] = 0
    for block in blocks(len(label_sets)):
        for sample in (np.flatnonzero(left[block]) + block.start).tolist():
            part = _neediest(wanted, wanted, random)
            parts[sample] = part
            wanted[part] -= 1
    return parts


def _neediest(
    first: Sequence[float], second: Sequence[float], random: np.random.RandomState
) -> int:
    """Return the index of the largest number. Ties are broken by the second numbers."""
    places = [place for place, value in enumerate(first) if value == max(first)]
    if len(places) > 1:
        most = max(second[place] for place in places)
        places = [place for place in places if second[place] == most]
    return places[random.choice(len(places))] if len(places) > 1 else places[0]

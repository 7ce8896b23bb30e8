"""Test whether scores depend on the trained weights, by randomising the weights.

The parameter randomisation test of Adebayo et al., arXiv 1810.03292, section 3: scores that stay
the same after weights are randomised describe the input rather than the model.
"""

import copy
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from posterplot.films import Modality

if TYPE_CHECKING:
    from posterplot.networks import GenreNetwork

_THIRDS = ("a third", "two thirds", "all")


def randomisations(network: "GenreNetwork", modality: Modality) -> dict[str, list[str]]:
    """Return the steps of randomisation: name -> layers, as in ``named_modules``.

    The head; the head and, from the top, a third, two thirds and all of the encoder; and the
    encoder alone, under the head as it was trained.

    Args:
        network: Network with an encoder of this modality.
        modality: Modality of the encoder.

    """
    # modules with own weights, in the order of their creation: from the input on
    layers = [
        name
        for name, module in network.named_modules()
        if any(True for _ in module.parameters(recurse=False))
    ]
    head = [name for name in layers if name.partition(".")[0] == "head"]
    encoder = [name for name in layers if name.partition(".")[0] == modality][::-1]
    steps = {"head": head}
    for third, share in enumerate(_THIRDS, 1):
        steps[f"head and {share} of the encoder"] = head + encoder[: len(encoder) * third // 3]
    return steps | {"encoder alone": encoder}


def randomised(
    network: "GenreNetwork", layers: Collection[str], *, seed: int = 0
) -> "GenreNetwork":
    """Return a copy of a network in which the weights of some layers are shuffled.

    Each tensor, also one of batch normalisation statistics, keeps its values in a random order.
    This removes what was learned, and outputs keep about their size.
    """
    import torch

    other = copy.deepcopy(network)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, module in other.named_modules():
            if name in layers:
                own = (*module.parameters(recurse=False), *module.buffers(recurse=False))
                for tensor in (value for value in own if value.is_floating_point()):
                    order = torch.randperm(tensor.numel(), generator=generator)
                    tensor.copy_(tensor.flatten()[order].view_as(tensor))
    return other


def rank_correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Return Spearman's rank correlation of two arrays of scores, in [-1, 1].

    1: the same order; 0: as good as random. It is also 0 if all scores of an array are equal, or
    if any score is not finite.
    """
    from scipy.stats import spearmanr

    pair = np.ravel(first), np.ravel(second)
    if any(not np.isfinite(scores).all() or np.ptp(scores) == 0 for scores in pair):
        return 0.0
    return float(spearmanr(*pair).statistic)

"""Losses for several genres at once, most of them rare."""

from collections.abc import Callable
from typing import Literal

import torch
from timm.loss.asymmetric_loss import AsymmetricLossMultiLabel
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torchvision.ops import sigmoid_focal_loss


def make_loss(
    kind: Literal["bce", "weighted-bce", "focal", "asymmetric"], positive_share: Tensor
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a loss over ``(B, G)`` logits and ``(B, G)`` float32 targets in [0, 1].

    - ``bce``: binary cross-entropy.
    - ``weighted-bce``: positives of genre g count ``sqrt((1 - p_g) / p_g)`` times, where p_g is
      the share of training films of that genre. The square root is a truce: full inverse
      frequency makes a genre of 29 films count sixty-fold and drowns the rest.
    - ``focal``: Lin et al., arXiv 1708.02002, with their alpha 0.25 and gamma 2 (torchvision),
      summed over genres.
    - ``asymmetric``: Ridnik et al., arXiv 2009.14119, with gamma- 4, gamma+ 1, clip 0.05 (timm).

    Args:
        kind: one of the four.
        positive_share: ``(G,)`` float32 in [0, 1]; a genre without a positive film weighs 1.

    Returns:
        A function to a scalar: the mean over films of the sum over genres, divided by G for the
        two cross-entropies, so that their size is that of a cross-entropy a decision.

    """
    if kind == "bce":
        return binary_cross_entropy_with_logits
    if kind == "weighted-bce":
        share = positive_share.clamp(1e-6, 1 - 1e-6)
        weight = torch.where(positive_share > 0, ((1 - share) / share).sqrt(), torch.ones(()))
        return lambda logits, targets: binary_cross_entropy_with_logits(
            logits, targets, pos_weight=weight.to(logits)
        )
    if kind == "focal":
        return lambda logits, targets: (
            sigmoid_focal_loss(logits, targets, reduction="sum") / len(logits)
        )
    return AsymmetricLossMultiLabel()

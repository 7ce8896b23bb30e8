"""Losses for multi-label classification with rare genres."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from timm.loss.asymmetric_loss import AsymmetricLossMultiLabel
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torchvision.ops import sigmoid_focal_loss

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


def make_loss(
    kind: Literal["bce", "weighted-bce", "focal", "asymmetric"], positive_share: Tensor
) -> Loss:
    """Return a loss that masks unknown labels and weighs films.

    - ``bce``: binary cross-entropy.
    - ``weighted-bce``: positives of genre g have weight ``sqrt((1 - p_g) / p_g)``, where p_g is
      the share of training films of that genre. Without the square root a genre of 29 films would
      weigh sixty times as much as a frequent one.
    - ``focal``: Lin et al., arXiv 1708.02002, with their alpha 0.25 and gamma 2 (torchvision).
    - ``asymmetric``: Ridnik et al., arXiv 2009.14119, with gamma- 4, gamma+ 1, clip 0.05 (timm).

    Args:
        kind: Name of the loss.
        positive_share: ``(G,)`` float32 in [0, 1]; a genre without a positive film has weight 1.

    Returns:
        A function of ``(B, G)`` float32 logits, ``(B, G)`` float32 targets in [0, 1], NaN where
        the label is unknown, and ``(B,)`` float32 weights of the films. It returns a scalar: the
        weighted sum over films and known labels, divided by B, and by G too for the two
        cross-entropies. An unknown label adds nothing to it.

    """
    elementwise: Callable[[Tensor, Tensor], Tensor]
    if kind == "bce":
        elementwise = partial(binary_cross_entropy_with_logits, reduction="none")
    elif kind == "weighted-bce":
        share = positive_share.clamp(1e-6, 1 - 1e-6)
        positive = torch.where(positive_share > 0, ((1 - share) / share).sqrt(), torch.ones(()))

        def elementwise(logits: Tensor, targets: Tensor) -> Tensor:
            return binary_cross_entropy_with_logits(
                logits, targets, pos_weight=positive.to(logits), reduction="none"
            )

    elif kind == "focal":
        elementwise = sigmoid_focal_loss  # the default reduction of this loss is none
    else:
        elementwise = AsymmetricLossMultiLabel(reduction="none")
    mean_over_genres = kind in ("bce", "weighted-bce")

    def loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        known = ~torch.isnan(targets)
        # replace NaN by 0, because the gradient of NaN is NaN even if it is multiplied by 0
        terms = elementwise(logits, torch.where(known, targets, 0.0)) * known * weights[:, None]
        return terms.sum() / (terms.numel() if mean_over_genres else len(terms))

    return loss

"""Pool the sequence of a modality to one vector. Heads and fusions share this code."""

import math

import torch
from torch import Tensor, nn

from posterplot.networks.features import Features

# -1e4 and not -inf: half precision can hold it, and softmax of a row of them is not NaN
MASK_VALUE = -1e4


class Pool(nn.Module):
    """Mean over the real positions, scaled to a learned length; zeros without a real position."""

    def __init__(self, width: int) -> None:
        super().__init__()
        # proportional to the square root of the width: values near 1 for any scale of the encoder
        self.scale = nn.Parameter(torch.tensor(math.sqrt(width) / 2))

    def forward(self, sequence: Tensor, mask: Tensor) -> Tensor:
        """Return ``(B, D)`` of a ``(B, S, D)`` sequence with its ``(B, S)`` mask."""
        return nn.functional.normalize(_mean(sequence, mask), dim=-1, eps=1e-6) * self.scale

    def parts(self, sequence: Tensor, mask: Tensor) -> Tensor:
        """Return ``(B, S, D)`` float32 parts, whose sum over S is ``forward(sequence, mask)``.

        Positions that are masked add 0.
        """
        length = _mean(sequence, mask).norm(dim=-1).clamp(min=1e-6) * mask.sum(dim=1).clamp(min=1)
        share: Tensor = self.scale / length
        return sequence.masked_fill(~mask[..., None], 0.0).float() * share[:, None, None]


def _mean(sequence: Tensor, mask: Tensor) -> Tensor:
    """Return ``(B, D)`` float32: mean over the real positions, zeros without one."""
    real = mask[..., None]
    mean = sequence.masked_fill(~real, 0.0).sum(dim=1) / real.sum(dim=1).clamp(min=1)
    return mean.float()


def mean_and_max(sequence: Tensor, mask: Tensor) -> Tensor:
    """Return ``(B, 2D)``: mean and maximum of a ``(B, S, D)`` sequence over its real positions."""
    real = mask[..., None]
    mean = (sequence * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)
    maximum = sequence.masked_fill(~real, MASK_VALUE).amax(dim=1)
    return torch.cat([mean, maximum * mask.any(dim=1, keepdim=True)], dim=-1)


def modality_sequences(features: Features) -> list[tuple[str, Tensor, Tensor]]:
    """Return name, sequence ``(B, S, D)`` and mask ``(B, S)`` of each modality."""
    sequences = []
    if features.patches is not None:
        present = features.poster_present
        shape = features.patches.shape[:2]
        if present is None:
            mask = torch.ones(shape, dtype=torch.bool, device=features.patches.device)
        else:
            mask = present[:, None].expand(shape)
        sequences.append(("poster", features.patches, mask))
    if features.token_features is not None and features.token_mask is not None:
        sequences.append(("overview", features.token_features, features.token_mask))
    return sequences


def evidence_layer(width: int, genres: int) -> nn.Linear:
    """Return a linear layer with small weights, so that a pretrained encoder changes slowly."""
    layer = nn.Linear(width, genres, bias=False)
    nn.init.normal_(layer.weight, std=0.01)
    return layer

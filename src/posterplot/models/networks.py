"""Encoder and head together, with normalisation inside: what is trained is what is exported."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

# ImageNet's mean and standard deviation a channel, on the 0–255 scale: the field's habit, and
# close enough to posters that training from scratch does not care.
_MEAN = (123.675, 116.28, 103.53)
_STD = (58.395, 57.12, 57.375)


class GenreOutput(NamedTuple):
    """What a network says of a batch.

    Attributes:
        logits: ``(B, G)`` float32.

    """

    logits: Tensor


class GenreNetwork(nn.Module):
    """A network that answers with a :class:`GenreOutput`.

    Attributes:
        inputs: the tensors of a batch that ``forward`` takes, by name and in order; they are the
            inputs of the exported graph too.

    """

    inputs: tuple[str, ...]


class PosterNetwork(GenreNetwork):
    """Genres from a poster alone.

    Args:
        encoder: ``(B, 3, H, W)`` float32, normalised -> ``(B, P, D)``.
        head: ``(B, P, D)`` -> ``(B, G)``.

    """

    inputs = ("posters",)
    mean: Tensor
    std: Tensor

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, posters: Tensor) -> GenreOutput:
        """Answer for ``(B, 3, H, W)`` uint8 posters."""
        normalised = (posters.float() - self.mean) / self.std
        # channels last: what convolutions on CPUs and on GPUs with mixed precision are fastest at
        normalised = normalised.contiguous(memory_format=torch.channels_last)
        return GenreOutput(self.head(self.encoder(normalised)))


class OverviewNetwork(GenreNetwork):
    """Genres from an overview alone.

    Args:
        encoder: ``(B, T)`` int64 tokens and ``(B, T)`` bool mask -> ``(B, T, D)``.
        head: ``(B, T, D)`` and ``(B, T)`` bool mask -> ``(B, G)``.

    """

    inputs = ("tokens", "token_mask")

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, tokens: Tensor, token_mask: Tensor) -> GenreOutput:
        """Answer for ``(B, T)`` int64 tokens with a ``(B, T)`` bool mask, True = real."""
        return GenreOutput(self.head(self.encoder(tokens, token_mask), token_mask))

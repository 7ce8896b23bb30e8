"""From a sequence of vectors to one logit a genre."""

import torch
from torch import Tensor, nn


class PooledHead(nn.Module):
    """Mean and maximum over the real positions, dropout, one linear layer.

    The mean tells how much of something there is, the maximum whether it is there at all: a single
    gun on a poster, a single word in a text.

    Args:
        width: D of the sequence.
        genres: G.
        dropout: share of pooled values dropped in training, in [0, 1).

    """

    def __init__(self, width: int, genres: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(2 * width, genres)

    def forward(self, sequence: Tensor, mask: Tensor | None = None) -> Tensor:
        """Pool and classify.

        Args:
            sequence: ``(B, S, D)`` float32.
            mask: ``(B, S)`` bool, True = real; None where every position is real. A row without
                a real position pools to zeros.

        Returns:
            ``(B, G)`` float32 logits.

        """
        if mask is None:
            mean, peak = sequence.mean(dim=1), sequence.amax(dim=1)
        else:
            real = mask[..., None]
            count = real.sum(dim=1).clamp(min=1)
            mean = (sequence * real).sum(dim=1) / count
            # -1e4 and not -inf: half precision must hold it, and LSTM outputs lie within ±1
            peak = sequence.masked_fill(~real, -1e4).amax(dim=1)
            peak = peak * mask.any(dim=1, keepdim=True)
        return self.linear(self.dropout(torch.cat([mean, peak], dim=-1)))  # type: ignore[no-any-return]

"""Heads for one modality: map the sequence of an encoder to one logit per genre."""

import torch
from torch import Tensor, nn

from posterplot.networks.features import Features, GenreOutput
from posterplot.networks.pooling import Pool, evidence_layer, mean_and_max, modality_sequences


class PooledHead(nn.Module):
    """Mean and maximum over the real positions of one modality, dropout, one linear layer.

    The maximum keeps what occurs only once, such as one gun on a poster or one word in a text.

    Args:
        width: D of the sequence.
        genres: Number of genres G.
        dropout: Share of pooled values dropped in training, in [0, 1).

    """

    def __init__(self, width: int, genres: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(2 * width, genres)

    def forward(self, features: Features) -> GenreOutput:
        """Pool and classify the only modality.

        A film without a real position pools to zeros.
        """
        name, sequence, mask = _only_modality(features)
        pooled = mean_and_max(sequence, mask)
        logits = self.linear(self.dropout(pooled))
        if self.training:
            return GenreOutput(logits)
        return GenreOutput(logits)._replace(**{f"{name}_features": pooled.float()})


class MeanHead(nn.Module):
    """Mean over the real positions of one modality, normalised, dropout, one linear layer.

    Sentence transformers are trained with this pooling (Reimers and Gurevych, arXiv 1908.10084),
    and convolutional networks end with it too.

    Args:
        width: D of the sequence.
        genres: Number of genres G.
        dropout: Share of pooled values dropped in training, in [0, 1).

    """

    def __init__(self, width: int, genres: int, dropout: float) -> None:
        super().__init__()
        self.pool = Pool(width)
        self.dropout = nn.Dropout(dropout)
        self.linear = evidence_layer(width, genres)
        self.bias = nn.Parameter(torch.zeros(genres))

    def forward(self, features: Features) -> GenreOutput:
        """Pool and classify the only modality."""
        name, sequence, mask = _only_modality(features)
        pooled = self.pool(sequence, mask)
        logits = self.linear(self.dropout(pooled)) + self.bias
        if self.training:
            return GenreOutput(logits)
        parts = self.pool.parts(sequence, mask)
        return GenreOutput(logits)._replace(
            **{
                f"{name}_evidence": self.linear(parts).transpose(1, 2),
                f"{name}_features": pooled,
                f"{name}_parts": parts,
            }
        )


def _only_modality(features: Features) -> tuple[str, Tensor, Tensor]:
    """Return name, sequence and mask of the only modality.

    Raises:
        ValueError: There are two modalities.

    """
    sequences = modality_sequences(features)
    if len(sequences) != 1:
        raise ValueError("a head for one modality got two")
    return sequences[0]

"""The overview LSTM of the study: bidirectional, with trainable embeddings."""

import torch
from torch import Tensor, nn


class BidirectionalLSTM(nn.Module):
    """A bidirectional LSTM whose output does not depend on padding.

    The backward direction is a second LSTM that reads each overview reversed within its own length.
    This equals packed sequences, but can be exported with a free batch size and length.

    Args:
        width: Width of a position of the sequence.
        hidden: Width of each direction; D is twice that.

    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.forward_lstm = nn.LSTM(width, hidden, batch_first=True)
        self.backward_lstm = nn.LSTM(width, hidden, batch_first=True)

    def forward(self, embeddings: Tensor, token_mask: Tensor) -> Tensor:
        """Encode ``(B, T, W)`` embeddings with their ``(B, T)`` bool mask as ``(B, T, D)``."""
        reversal = _reversal(token_mask)[..., None]  # (B, T, 1)
        forward, _ = self.forward_lstm(embeddings)
        reversed_ = embeddings.gather(1, reversal.expand(-1, -1, embeddings.shape[-1]))
        backward, _ = self.backward_lstm(reversed_)
        backward = backward.gather(1, reversal.expand(-1, -1, backward.shape[-1]))
        return torch.cat([forward, backward], dim=-1)


class OverviewLSTM(nn.Module):
    """A bidirectional LSTM over word embeddings.

    Whole words are dropped in training (Gal and Ghahramani, arXiv 1512.05287) against overfitting.

    Args:
        vocabulary: Number of token ids; id 0 is padding.
        embedding: Width of a word.
        hidden: Width of each direction; D is twice that.
        word_dropout: Share of words whose embedding is zeroed in training, in [0, 1).
        dropout: Share of embedding and output values dropped in training, in [0, 1).

    """

    def __init__(
        self, vocabulary: int, *, embedding: int, hidden: int, word_dropout: float, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        self.word_dropout = word_dropout
        self.dropout = nn.Dropout(dropout)
        self.lstm = BidirectionalLSTM(embedding, hidden)
        self.width = 2 * hidden

    def forward(self, tokens: Tensor, token_mask: Tensor) -> Tensor:
        """Encode overviews.

        Args:
            tokens: ``(B, T)`` int64.
            token_mask: ``(B, T)`` bool, True = real; real tokens stand before padding.

        Returns:
            ``(B, T, D)`` float32; rows of padding are meaningless.

        """
        embeddings = self.embedding(tokens)  # (B, T, E)
        if self.training and self.word_dropout > 0:
            keep = torch.rand(tokens.shape, device=tokens.device) >= self.word_dropout
            embeddings = embeddings * keep[..., None]
        embeddings = self.dropout(embeddings)
        return self.dropout(self.lstm(embeddings, token_mask))  # type: ignore[no-any-return]


def _reversal(token_mask: Tensor) -> Tensor:
    """Return ``(B, T)`` indices that reverse each row within its length."""
    lengths = token_mask.sum(dim=1, keepdim=True)  # (B, 1)
    positions = torch.arange(token_mask.shape[1], device=token_mask.device)[None]  # (1, T)
    return torch.where(positions < lengths, lengths - 1 - positions, positions)

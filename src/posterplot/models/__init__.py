"""Encoders, heads and losses: plain ``nn.Module`` values, no input or output.

Shapes: B films in a batch, G genres, T tokens, P poster patches, D width, H×W pixels.

An encoder turns one modality into a sequence of vectors, ``(B, P, D)`` or ``(B, T, D)``; a head
turns sequences into one logit a genre. That is all they need to know of each other.
"""

from posterplot.models.cnn import PosterCNN
from posterplot.models.heads import PooledHead
from posterplot.models.losses import make_loss
from posterplot.models.lstm import OverviewLSTM
from posterplot.models.networks import GenreNetwork, GenreOutput, OverviewNetwork, PosterNetwork

__all__ = [
    "GenreNetwork",
    "GenreOutput",
    "OverviewLSTM",
    "OverviewNetwork",
    "PooledHead",
    "PosterCNN",
    "PosterNetwork",
    "make_loss",
]

"""Encoders, heads, fusions and losses: plain ``nn.Module`` values, no input or output.

Shapes: B films in a batch, G genres, T tokens, P poster patches, D width, H×W pixels.

An encoder turns one modality into a sequence of vectors, ``(B, P, D)`` or ``(B, T, D)``; a head
turns the sequence of one modality, a fusion those of both, into one logit a genre. That is all they
need to know of each other.
"""

from posterplot.models.cnn import PosterCNN
from posterplot.models.features import Features, GenreOutput
from posterplot.models.fusion import AttentionHead, GatedHead
from posterplot.models.heads import MeanHead, PooledHead
from posterplot.models.losses import make_loss
from posterplot.models.lstm import BidirectionalLSTM, OverviewLSTM
from posterplot.models.networks import GenreNetwork
from posterplot.models.timm_encoder import TimmEncoder
from posterplot.models.transformer import TransformerEncoder, TransformerLSTM

__all__ = [
    "AttentionHead",
    "BidirectionalLSTM",
    "Features",
    "GatedHead",
    "GenreNetwork",
    "GenreOutput",
    "MeanHead",
    "OverviewLSTM",
    "PooledHead",
    "PosterCNN",
    "TimmEncoder",
    "TransformerEncoder",
    "TransformerLSTM",
    "make_loss",
]

"""Encoders, heads, fusions and losses: plain ``nn.Module`` values, no input or output.

Shapes: B films in a batch, G genres, T tokens, P poster patches, D width, H×W pixels.

An encoder turns one modality into a sequence of vectors, ``(B, P, D)`` or ``(B, T, D)``; a head
turns the sequence of one modality, a fusion those of both, into one logit a genre. That is all they
need to know of each other.
"""

from posterplot.networks.cnn import PosterCNN
from posterplot.networks.features import Features, GenreOutput
from posterplot.networks.fusion import AttentionHead, GatedHead
from posterplot.networks.genre_network import GenreNetwork
from posterplot.networks.heads import MeanHead, PooledHead
from posterplot.networks.losses import make_loss
from posterplot.networks.lstm import BidirectionalLSTM, OverviewLSTM
from posterplot.networks.timm_encoder import TimmEncoder
from posterplot.networks.transformer import TransformerEncoder, TransformerLSTM

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

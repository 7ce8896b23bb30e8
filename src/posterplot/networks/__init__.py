"""Encoders, heads, fusions and losses: plain ``nn.Module`` classes that read and write no files.

Shapes: B films in a batch, G genres, T tokens, P poster patches, D width, H×W pixels.

An encoder maps one modality to a sequence of vectors, ``(B, P, D)`` or ``(B, T, D)``. A head maps
the sequence of one modality, and a fusion those of both, to one logit per genre.
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

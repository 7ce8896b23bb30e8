"""Fusions: from the sequences of poster and overview to one logit per genre.

A modality that a film lacks is masked, in training and in prediction.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

from posterplot.networks.features import Features, GenreOutput
from posterplot.networks.pooling import MASK_VALUE, Pool, evidence_layer, sides_of


class GatedHead(nn.Module):
    """A gated multimodal unit (Arevalo et al., arXiv 1702.01992) over pooled modalities.

    ::

        h = z · tanh(W_p p) + (1 - z) · tanh(W_o o),   z = sigmoid(W_z [p, o])

    The gate of an absent modality is closed: z is 1 without an overview and 0 without a poster.

    Args:
        poster_width, overview_width: D of patches and of tokens.
        width: of h.
        genres: G.
        dropout: share of values of h dropped in training, in [0, 1).

    """

    def __init__(
        self, poster_width: int, overview_width: int, width: int, genres: int, dropout: float
    ) -> None:
        super().__init__()
        self.poster_pool = Pool(poster_width)
        self.overview_pool = Pool(overview_width)
        self.poster = nn.Linear(poster_width, width)
        self.overview = nn.Linear(overview_width, width)
        self.gate = nn.Linear(poster_width + overview_width, width)
        self.dropout = nn.Dropout(dropout)
        self.linear = evidence_layer(width, genres)
        self.bias = nn.Parameter(torch.zeros(genres))

    def forward(self, features: Features) -> GenreOutput:
        """Mix poster and overview by the gate, and classify."""
        patches, patch_mask, words, token_mask = _both(features)
        has_poster, has_overview = patch_mask[:, :1], token_mask.any(dim=1, keepdim=True)
        p = self.poster_pool(patches, patch_mask)
        o = self.overview_pool(words, token_mask)
        z = torch.sigmoid(self.gate(torch.cat([p, o], dim=-1)))  # (B, W)
        z = torch.where(has_poster & has_overview, z, has_poster.to(z))
        h = z * torch.tanh(self.poster(p)) + (1 - z) * torch.tanh(self.overview(o))
        logits = self.linear(self.dropout(h)) + self.bias
        if self.training:
            return GenreOutput(logits)
        return GenreOutput(
            logits,
            poster_features=p,
            overview_features=o,
            poster_parts=self.poster_pool.parts(patches, patch_mask),
            overview_parts=self.overview_pool.parts(words, token_mask),
        )


class AttentionHead(nn.Module):
    """One learned query per genre attends over poster patches and overview tokens together.

    A decoder layer without self-attention, as in Query2Label (Liu et al., arXiv 2107.10834) and
    ML-Decoder (Ridnik et al., arXiv 2111.12933), with one output vector per genre. In addition,
    each modality is pooled and adds logits by a linear layer, so that attention only has to learn
    what this sum does not know. If both modalities are present, their logits are multiplied by a
    learned weight per genre, because both partly show the same. An absent modality is masked out of
    the attention and adds nothing.

    It works with a single modality too.

    Args:
        poster_width: D of patches; None without posters.
        overview_width: D of tokens; None without overviews.
        width: W of queries, keys and values.
        heads: number of attention heads. It must divide W. Their mean is the output attention.
        genres: G.
        dropout: share of values dropped in training, in [0, 1).

    """

    def __init__(
        self,
        poster_width: int | None,
        overview_width: int | None,
        *,
        width: int,
        heads: int,
        genres: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.sides = nn.ModuleDict(
            {
                name: _Side(d, width, genres, dropout)
                for name, d in (("poster", poster_width), ("overview", overview_width))
                if d is not None
            }
        )
        # weight of each modality's logits where the other modality is present too
        self.together = nn.ParameterDict(
            {name: torch.ones(genres) for name in self.sides} if len(self.sides) == 2 else {}
        )
        self.queries = nn.Parameter(torch.randn(genres, width) / math.sqrt(width))
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.mixed = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.last_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        # small and not zero: the attention is trained from the first step, but starts small
        self.out = nn.Parameter(torch.randn(genres, width) * 0.01)
        self.bias = nn.Parameter(torch.zeros(genres))

    def forward(self, features: Features) -> GenreOutput:
        """Attend and classify."""
        sequences: list[Tensor] = []
        masks: list[Tensor] = []
        features_of: dict[str, Tensor] = {}
        evidence = self.bias  # (G,), then (B, G)
        given = sides_of(features)
        weights = self._weights(given)
        for name, sequence, mask in given:
            seen, own, pooled = self.sides[name](sequence, mask)
            sequences.append(seen)
            masks.append(mask)
            evidence = evidence + own * weights[name]
            features_of[f"{name}_features"] = pooled
        together = torch.cat(sequences, dim=1)  # (B, S, W)
        attention, attended = self._attend(together, torch.cat(masks, dim=1))
        x = self.norm(self.queries + self.dropout(self.mixed(attended)))  # (B, G, W)
        x = self.last_norm(x + self.dropout(self.feed_forward(x)))
        logits = evidence + (x * self.out).sum(dim=-1)
        parts = torch.split(attention, [s.shape[1] for s in sequences], dim=-1)
        outputs = {f"{name}_attention": part for name, part in zip(self.sides, parts, strict=True)}
        if not self.training:
            for name, sequence, mask in given:
                side = cast(_Side, self.sides[name])
                parts_of_pooled = side.pool.parts(sequence, mask)
                each = side.linear(parts_of_pooled).transpose(1, 2)  # (B, G, S)
                outputs[f"{name}_evidence"] = each * weights[name][..., None]
                outputs[f"{name}_parts"] = parts_of_pooled
            outputs |= features_of
        return GenreOutput(logits)._replace(**outputs)

    def _weights(self, given: list[tuple[str, Tensor, Tensor]]) -> dict[str, Tensor]:
        """Return modality -> ``(B, G)``, or ``(1, 1)``, by which its evidence counts."""
        if len(given) < 2:
            return {name: torch.ones(1, 1, device=mask.device) for name, _, mask in given}
        both = given[0][2].any(dim=1, keepdim=True) & given[1][2].any(dim=1, keepdim=True)
        return {name: torch.where(both, self.together[name], 1.0) for name, _, _ in given}

    def _attend(self, sequence: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, G, S)`` attention, the mean over heads, and ``(B, G, W)`` of its values.

        Written out, because torch's own multi-head attention computes differently when exported.
        """
        films, length, width = sequence.shape
        each = width // self.heads
        keys = self.key(sequence).view(films, length, self.heads, each)
        values = self.value(sequence).view(films, length, self.heads, each)
        queries = self.queries.view(-1, self.heads, each)
        scores = torch.einsum("ghd,bshd->bhgs", queries, keys) / math.sqrt(each)
        masked = ~mask[:, None, None, :]
        weights = scores.float().masked_fill(masked, MASK_VALUE).softmax(dim=-1)  # (B, H, G, S)
        weights = weights.masked_fill(masked, 0.0)  # zeros where everything is masked
        attended = torch.einsum("bhgs,bshd->bghd", self.dropout(weights).to(values), values)
        return weights.mean(dim=1), attended.flatten(2)


class _Side(nn.Module):
    """The projection of one modality for the attention, and its linear layer."""

    def __init__(self, width: int, into: int, genres: int, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(width, into)
        self.norm = nn.LayerNorm(into)
        self.pool = Pool(width)
        self.dropout = nn.Dropout(dropout)
        self.linear = evidence_layer(width, genres)
        # added if the modality is present
        self.offset = nn.Parameter(torch.zeros(genres))

    def forward(self, sequence: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the modality gives to the head.

        Returns:
            ``(B, S, W)`` to attend over, ``(B, G)`` logits and ``(B, D)`` pooled features, both 0
            where all is masked.

        """
        pooled = self.pool(sequence, mask)
        own = self.linear(self.dropout(pooled)) + self.offset
        present = mask.any(dim=1, keepdim=True)
        # not by a product: the features of an absent modality may be anything, even NaN
        return self.norm(self.project(sequence)), torch.where(present, own, 0.0), pooled


def _both(features: Features) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return patches, their mask, words, their mask.

    Raises:
        ValueError: a modality is missing from the model.

    """
    sides = sides_of(features)
    if len(sides) != 2:
        raise ValueError("a fusion needs both modalities")
    (_, patches, patch_mask), (_, words, token_mask) = sides
    return patches, patch_mask, words, token_mask

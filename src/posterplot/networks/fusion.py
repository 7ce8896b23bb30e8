"""Fuse the sequences of poster and overview into one logit per genre.

A modality that a film lacks is masked, in training and in prediction.
"""

import math
from typing import Any, cast

import torch
from torch import Tensor, nn

from posterplot.networks.features import Features, GenreOutput
from posterplot.networks.pooling import MASK_VALUE, Pool, evidence_layer, modality_sequences


class GatedHead(nn.Module):
    """A gated multimodal unit (Arevalo et al., arXiv 1702.01992) over pooled modalities.

    ::

        h = z · tanh(W_p p) + (1 - z) · tanh(W_o o),   z = sigmoid(W_z [p, o])

    The gate of an absent modality is closed: z is 1 without an overview and 0 without a poster.

    Args:
        poster_width, overview_width: D of patches and of tokens.
        width: Width of h.
        genres: Number of genres G.
        dropout: Share of values of h dropped in training, in [0, 1).

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
        """Mix poster and overview with the gate, and classify."""
        patches, patch_mask, token_features, token_mask = _both(features)
        has_poster, has_overview = patch_mask[:, :1], token_mask.any(dim=1, keepdim=True)
        p = self.poster_pool(patches, patch_mask)
        o = self.overview_pool(token_features, token_mask)
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
            overview_parts=self.overview_pool.parts(token_features, token_mask),
        )


# names of parameters of the attention head in older checkpoints -> their names today
_OLD_NAMES = {
    "sides.": "branches.",
    "together.": "joint_weights.",
    "mixed.": "output_projection.",
}


def rename_old_parameters(state: dict[str, Any], prefix: str) -> None:
    """Rename, in place, the parameters of an attention head from an older version.

    Args:
        state: A ``state_dict``, which is changed.
        prefix: Prefix of the attention head in it, for example ``head.``.

    """
    for key in [key for key in state if key.startswith(prefix)]:
        for old, new in _OLD_NAMES.items():
            if key.startswith(prefix + old):
                state[prefix + new + key.removeprefix(prefix + old)] = state.pop(key)


class AttentionHead(nn.Module):
    """One learned query per genre attends over poster patches and overview tokens together.

    A decoder layer without self-attention, as in Query2Label (Liu et al., arXiv 2107.10834) and
    ML-Decoder (Ridnik et al., arXiv 2111.12933), with one output vector per genre. In addition,
    each modality is pooled and adds logits by a linear layer, so that attention only has to learn
    what this sum lacks. If both modalities are present, their logits are multiplied by a learned
    weight per genre, because the two partly contain the same information. An absent modality is
    masked out of the attention and adds nothing.

    It works with a single modality too.

    Args:
        poster_width: D of patches; None without posters.
        overview_width: D of tokens; None without overviews.
        width: W of queries, keys and values.
        heads: Number of attention heads. It must divide W. Their mean is the output attention.
        genres: Number of genres G.
        dropout: Share of values dropped in training, in [0, 1).

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
        self.branches = nn.ModuleDict(
            {
                name: _ModalityBranch(d, width, genres, dropout)
                for name, d in (("poster", poster_width), ("overview", overview_width))
                if d is not None
            }
        )
        # weights for each modality's logits if the other modality is present too
        self.joint_weights = nn.ParameterDict(
            {name: torch.ones(genres) for name in self.branches} if len(self.branches) == 2 else {}
        )
        self.queries = nn.Parameter(torch.randn(genres, width) / math.sqrt(width))
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output_projection = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.last_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        # small but not zero: the attention is trained from the first step on, but starts small
        self.out = nn.Parameter(torch.randn(genres, width) * 0.01)
        self.bias = nn.Parameter(torch.zeros(genres))
        self.register_load_state_dict_pre_hook(  # type: ignore[no-untyped-call]
            lambda _module, state, prefix, *_: rename_old_parameters(state, prefix)
        )

    def forward(self, features: Features) -> GenreOutput:
        """Attend to patches and tokens, and classify."""
        projected: list[Tensor] = []
        pooled: dict[str, Tensor] = {}
        evidence = self.bias  # (G,), then (B, G)
        sequences = modality_sequences(features)
        weights = self._weights(sequences)
        for name, sequence, mask in sequences:
            values, logits, pooled[f"{name}_features"] = self.branches[name](sequence, mask)
            projected.append(values)
            evidence = evidence + logits * weights[name]
        attention, attended = self._attend(
            torch.cat(projected, dim=1),  # (B, S, W)
            torch.cat([mask for _, _, mask in sequences], dim=1),
        )
        x = self.norm(self.queries + self.dropout(self.output_projection(attended)))  # (B, G, W)
        x = self.last_norm(x + self.dropout(self.feed_forward(x)))
        logits = evidence + (x * self.out).sum(dim=-1)
        split = torch.split(attention, [values.shape[1] for values in projected], dim=-1)
        outputs = {
            f"{name}_attention": part for name, part in zip(self.branches, split, strict=True)
        }
        if not self.training:
            for name, sequence, mask in sequences:
                branch = cast(_ModalityBranch, self.branches[name])
                parts = branch.pool.parts(sequence, mask)
                scores = branch.linear(parts).transpose(1, 2)  # (B, G, S)
                outputs[f"{name}_evidence"] = scores * weights[name][..., None]
                outputs[f"{name}_parts"] = parts
            outputs |= pooled
        return GenreOutput(logits)._replace(**outputs)

    def _weights(self, sequences: list[tuple[str, Tensor, Tensor]]) -> dict[str, Tensor]:
        """Return modality -> weights of its evidence, ``(B, G)`` or ``(1, 1)``."""
        if len(sequences) < 2:
            return {name: torch.ones(1, 1, device=mask.device) for name, _, mask in sequences}
        (_, _, first), (_, _, second) = sequences
        both = first.any(dim=1, keepdim=True) & second.any(dim=1, keepdim=True)
        return {name: torch.where(both, self.joint_weights[name], 1.0) for name, _, _ in sequences}

    def _attend(self, sequence: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, G, S)`` attention, the mean over heads, and ``(B, G, W)`` of its values.

        Attention is written out here, because torch's multi-head attention computes differently
        when exported.
        """
        films, length, width = sequence.shape
        head_width = width // self.heads
        keys = self.key(sequence).view(films, length, self.heads, head_width)
        values = self.value(sequence).view(films, length, self.heads, head_width)
        queries = self.queries.view(-1, self.heads, head_width)
        scores = torch.einsum("ghd,bshd->bhgs", queries, keys) / math.sqrt(head_width)
        masked = ~mask[:, None, None, :]
        weights = scores.float().masked_fill(masked, MASK_VALUE).softmax(dim=-1)  # (B, H, G, S)
        weights = weights.masked_fill(masked, 0.0)  # zeros where everything is masked
        attended = torch.einsum("bhgs,bshd->bghd", self.dropout(weights).to(values), values)
        return weights.mean(dim=1), attended.flatten(2)


class _ModalityBranch(nn.Module):
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
        """Project, pool and classify one modality.

        Returns:
            ``(B, S, W)`` to attend over, ``(B, G)`` logits and ``(B, D)`` pooled features; the last
            two are 0 where everything is masked.

        """
        pooled = self.pool(sequence, mask)
        logits = self.linear(self.dropout(pooled)) + self.offset
        present = mask.any(dim=1, keepdim=True)
        # not by a product: the features of an absent modality may be NaN
        return self.norm(self.project(sequence)), torch.where(present, logits, 0.0), pooled


def _both(features: Features) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the patches and their mask, and the token features and their mask.

    Raises:
        ValueError: A modality is missing from the model.

    """
    sequences = modality_sequences(features)
    if len(sequences) != 2:
        raise ValueError("a fusion needs both modalities")
    (_, patches, patch_mask), (_, token_features, token_mask) = sequences
    return patches, patch_mask, token_features, token_mask

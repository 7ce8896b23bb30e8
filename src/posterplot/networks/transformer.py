"""Hugging Face encoders for overviews, with or without an LSTM after them."""

import torch
from torch import Tensor, nn

from posterplot.networks.lstm import BidirectionalLSTM


class TransformerEncoder(nn.Module):
    """Encodes overviews as the last hidden states of a BERT-like model, independent of padding.

    Args:
        model: Encoder of ``transformers``.
        frozen_layers: Number of layers, counted from the input, that are not trained, together
            with the embeddings; -1 trains everything.

    Raises:
        ValueError: The model has fewer layers than ``frozen_layers``.

    """

    def __init__(self, model: nn.Module, *, frozen_layers: int = -1) -> None:
        super().__init__()
        config = model.config
        self.model = model
        self.width = int(config.hidden_size)  # type: ignore[arg-type, union-attr]
        self._pad = int(config.pad_token_id or 0)  # type: ignore[arg-type, union-attr]
        if getattr(model, "pooler", None) is not None:
            model.pooler = None  # type: ignore[assignment]  # not used here
        if frozen_layers >= 0:
            layers = next((m for m in model.modules() if isinstance(m, nn.ModuleList)), None)
            if layers is None or frozen_layers > len(layers):
                raise ValueError(f"has {len(layers or [])} layers, not {frozen_layers} to freeze")
            embeddings = [m for n, m in model.named_children() if "embed" in n]
            for part in [*embeddings, *layers[:frozen_layers]]:
                part.requires_grad_(False)

    def forward(self, tokens: Tensor, token_mask: Tensor) -> Tensor:
        """Encode overviews.

        Args:
            tokens: ``(B, T)`` int64.
            token_mask: ``(B, T)`` bool, True = real; real tokens stand before padding.

        Returns:
            ``(B, T, D)`` float32; rows of padding are meaningless.

        """
        # an absent overview attends to its first padding token, because softmax over nothing is NaN
        first = torch.arange(tokens.shape[1], device=tokens.device)[None] == 0
        attention_mask = token_mask | first
        # the model's own padding id, because some models derive positions from it
        tokens = torch.where(token_mask, tokens, self._pad)
        # float32 whatever the precision of the model, because heads sum over many of them
        return self.model(  # type: ignore[no-any-return]
            input_ids=tokens, attention_mask=attention_mask.long()
        ).last_hidden_state.float()


class TransformerLSTM(nn.Module):
    """A bidirectional LSTM over the hidden states of a transformer, as the study recommended.

    Args:
        transformer: Encoder of ``transformers``.
        hidden: Width of each direction; D is twice that.
        dropout: Share of embedding and output values dropped in training, in [0, 1).

    """

    def __init__(self, transformer: TransformerEncoder, *, hidden: int, dropout: float) -> None:
        super().__init__()
        self.transformer = transformer
        self.dropout = nn.Dropout(dropout)
        self.lstm = BidirectionalLSTM(transformer.width, hidden)
        self.width = 2 * hidden

    def forward(self, tokens: Tensor, token_mask: Tensor) -> Tensor:
        """Encode overviews: ``(B, T)`` int64 tokens and their bool mask to ``(B, T, D)``."""
        embeddings = self.dropout(self.transformer(tokens, token_mask))
        return self.dropout(self.lstm(embeddings, token_mask))  # type: ignore[no-any-return]

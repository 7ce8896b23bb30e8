"""Any Hugging Face encoder for overviews, and contextual embeddings feeding an LSTM."""

import torch
from torch import Tensor, nn

from posterplot.networks.lstm import BidirectionalLSTM


class TransformerEncoder(nn.Module):
    """The last hidden states of a BERT-like model, which padding cannot touch.

    Args:
        model: from ``transformers``, an encoder.
        frozen_layers: the embeddings and this many layers from the bottom do not learn; -1 and
            the embeddings learn too.

    Raises:
        ValueError: it has fewer layers than are to be frozen.

    """

    def __init__(self, model: nn.Module, *, frozen_layers: int = -1) -> None:
        super().__init__()
        config = model.config
        self.model = model
        self.width = int(config.hidden_size)  # type: ignore[arg-type, union-attr]
        self._pad = int(config.pad_token_id or 0)  # type: ignore[arg-type, union-attr]
        if getattr(model, "pooler", None) is not None:
            model.pooler = None  # type: ignore[assignment]  # of no use here; nothing to train, to store or to export
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
        # an absent overview attends to its first padding: softmax over nothing is not a number
        first = torch.arange(tokens.shape[1], device=tokens.device)[None] == 0
        seen = token_mask | first
        # its own padding: some models count positions by it
        tokens = torch.where(token_mask, tokens, self._pad)
        # in float32 whatever the precision inside: heads add up many of them
        return self.model(  # type: ignore[no-any-return]
            input_ids=tokens, attention_mask=seen.long()
        ).last_hidden_state.float()


class TransformerLSTM(nn.Module):
    """Contextual embeddings feeding a bidirectional LSTM, as the study recommended.

    Args:
        transformer: the embeddings.
        hidden: width of each direction; D is twice that.
        dropout: share of embedding and output values dropped in training, in [0, 1).

    """

    def __init__(self, transformer: TransformerEncoder, *, hidden: int, dropout: float) -> None:
        super().__init__()
        self.transformer = transformer
        self.dropout = nn.Dropout(dropout)
        self.lstm = BidirectionalLSTM(transformer.width, hidden)
        self.width = 2 * hidden

    def forward(self, tokens: Tensor, token_mask: Tensor) -> Tensor:
        """Encode overviews: ``(B, T)`` int64 tokens and their bool mask to ``(B, T, D)``."""
        words = self.dropout(self.transformer(tokens, token_mask))
        return self.dropout(self.lstm(words, token_mask))  # type: ignore[no-any-return]

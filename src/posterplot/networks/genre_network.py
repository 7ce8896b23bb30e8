"""A network of encoders and a head, which normalises posters itself."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from posterplot.networks.features import Features, GenreOutput

# Mean and standard deviation of ImageNet per channel, on a scale of 0 to 1. They are close enough
# to those of posters for training from scratch.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class GenreNetwork(nn.Module):
    """Predicts genres from a poster, an overview, or both.

    Args:
        poster: ``(B, 3, H, W)`` float32, normalised -> ``(B, P, D)``; None to read no posters.
        overview: ``(B, T)`` int64 tokens and ``(B, T)`` bool mask -> ``(B, T, D)``; None to read
            no overviews.
        head: :class:`Features` -> :class:`GenreOutput`.
        mean, std: Per channel, as the poster encoder expects them, on a scale of 0 to 1.

    Attributes:
        inputs: Names of the tensors that ``forward`` takes, in order. The exported graph has the
            same inputs.

    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        poster: nn.Module | None,
        overview: nn.Module | None,
        head: nn.Module,
        *,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        self.poster = poster
        self.overview = overview
        self.head = head
        self.register_buffer("mean", 255 * torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        names: list[str] = []
        if poster is not None:
            names.append("posters")
        if poster is not None and overview is not None:
            names.append("poster_present")
        if overview is not None:
            names += ["tokens", "token_mask"]
        self.inputs = tuple(names)

    def forward(self, *inputs: Tensor) -> GenreOutput:
        """Compute the output for a batch.

        Args:
            inputs: The tensors that ``self.inputs`` names, in that order, out of posters
                ``(B, 3, H, W)`` uint8, poster_present ``(B,)`` bool, tokens ``(B, T)`` int64 and
                token_mask ``(B, T)`` bool.

        """
        return self.head(self.encode(*inputs))  # type: ignore[no-any-return]

    def encode(self, *inputs: Tensor) -> Features:
        """Encode a batch for the head. It takes the same tensors as :meth:`forward`."""
        by_name = dict(zip(self.inputs, inputs, strict=True))
        present, token_mask = by_name.get("poster_present"), by_name.get("token_mask")
        patches: Tensor | None = None
        token_features: Tensor | None = None
        if self.poster is not None:
            posters = by_name["posters"]
            if self.training and (present is not None or len(posters) == 1):
                rows = posters.new_ones(1, dtype=torch.bool) if present is None else present
                patches = _encode_present(self.poster, self.encode_posters, rows, posters)
            else:
                patches = self.encode_posters(posters)
        if self.overview is not None and token_mask is not None:
            tokens = by_name["tokens"]
            if self.training and present is not None:
                has_text = token_mask.any(dim=1)
                encode = self.encode_overviews
                token_features = _encode_present(
                    self.overview, encode, has_text, tokens, token_mask
                )
            else:
                token_features = self.encode_overviews(tokens, token_mask)
        return Features(patches, present, token_features, token_mask)

    def encode_posters(self, posters: Tensor) -> Tensor:
        """Encode ``(B, 3, H, W)`` uint8 posters as patches ``(B, P, D)``.

        Raises:
            ValueError: The network reads none.

        """
        if self.poster is None:
            raise ValueError("the network reads no posters")
        normalised = (posters.float() - self.mean) / self.std
        # channels last: fastest for convolutions on CPUs, and on GPUs with mixed precision
        return self.poster(  # type: ignore[no-any-return]
            normalised.contiguous(memory_format=torch.channels_last)
        )

    def encode_overviews(self, tokens: Tensor, token_mask: Tensor) -> Tensor:
        """Encode ``(B, T)`` int64 tokens with their ``(B, T)`` bool mask as ``(B, T, D)`` features.

        Raises:
            ValueError: The network reads none.

        """
        if self.overview is None:
            raise ValueError("the network reads no overviews")
        return self.overview(tokens, token_mask)  # type: ignore[no-any-return]


def _encode_present(
    encoder: nn.Module, encode: Callable[..., Tensor], present: Tensor, *inputs: Tensor
) -> Tensor:
    """Encode the films that have the modality, and return zeros for the others.

    For training only: absent posters must not change the statistics of batch normalisation, and
    need not be computed. An exported graph encodes every row, because its operations cannot depend
    on its inputs.
    """
    rows = present.nonzero().flatten()
    # one row to find the shape, if all are absent
    chosen = rows if len(rows) else rows.new_zeros(1)
    training = encoder.training
    # batch normalisation cannot compute statistics of one film, but its weights can be trained
    encoder.train(training and len(rows) > 1)
    with torch.set_grad_enabled(torch.is_grad_enabled() and len(rows) > 0):
        features = encode(*(value[chosen] for value in inputs))
    encoder.train(training)
    zeros = features.new_zeros(len(present), *features.shape[1:])
    return zeros.index_copy(0, rows, features[: len(rows)])

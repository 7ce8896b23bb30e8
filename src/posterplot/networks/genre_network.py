"""Encoders and head together, with normalisation inside: what is trained is what is exported."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from posterplot.networks.features import Features, GenreOutput

# ImageNet's mean and standard deviation a channel, on a scale of 0 to 1: the field's habit, and
# close enough to posters that training from scratch does not care.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class GenreNetwork(nn.Module):
    """Genres from a poster, an overview, or both.

    Args:
        poster: ``(B, 3, H, W)`` float32, normalised -> ``(B, P, D)``; None to read no posters.
        overview: ``(B, T)`` int64 tokens and ``(B, T)`` bool mask -> ``(B, T, D)``; None to read
            no overviews.
        head: :class:`Features` -> :class:`GenreOutput`.
        mean, std: of the three channels that the poster encoder wants, on a scale of 0 to 1.

    Attributes:
        inputs: the tensors of a batch that ``forward`` takes, by name and in order; they are the
            inputs of the exported graph too.

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
        """Answer for the tensors that ``inputs`` names.

        Args:
            inputs: of posters ``(B, 3, H, W)`` uint8, poster_present ``(B,)`` bool, tokens
                ``(B, T)`` int64 and token_mask ``(B, T)`` bool those in ``self.inputs``.

        """
        return self.head(self.encode(*inputs))  # type: ignore[no-any-return]

    def encode(self, *inputs: Tensor) -> Features:
        """Encode the tensors that ``inputs`` names, for the head; see :meth:`forward`."""
        given = dict(zip(self.inputs, inputs, strict=True))
        present, token_mask = given.get("poster_present"), given.get("token_mask")
        patches: Tensor | None = None
        words: Tensor | None = None
        if self.poster is not None:
            posters = given["posters"]
            if self.training and present is not None:
                patches = _encode_present(self.poster, self.encode_posters, present, posters)
            else:
                patches = self.encode_posters(posters)
        if self.overview is not None and token_mask is not None:
            tokens = given["tokens"]
            if self.training and present is not None:
                written = token_mask.any(dim=1)
                encode = self.encode_overviews
                words = _encode_present(self.overview, encode, written, tokens, token_mask)
            else:
                words = self.encode_overviews(tokens, token_mask)
        return Features(patches, present, words, token_mask)

    def encode_posters(self, posters: Tensor) -> Tensor:
        """Encode ``(B, 3, H, W)`` uint8 posters as patches ``(B, P, D)``.

        Raises:
            ValueError: the network reads none.

        """
        if self.poster is None:
            raise ValueError("the network reads no posters")
        normalised = (posters.float() - self.mean) / self.std
        # channels last: what convolutions on CPUs and on GPUs with mixed precision are fastest at
        return self.poster(  # type: ignore[no-any-return]
            normalised.contiguous(memory_format=torch.channels_last)
        )

    def encode_overviews(self, tokens: Tensor, token_mask: Tensor) -> Tensor:
        """Encode ``(B, T)`` int64 tokens with their ``(B, T)`` bool mask as words ``(B, T, D)``.

        Raises:
            ValueError: the network reads none.

        """
        if self.overview is None:
            raise ValueError("the network reads no overviews")
        return self.overview(tokens, token_mask)  # type: ignore[no-any-return]


def _encode_present(
    encoder: nn.Module, encode: Callable[..., Tensor], present: Tensor, *inputs: Tensor
) -> Tensor:
    """Encode the films that have the modality; the others are zeros.

    For training: batch normalisation must not learn from posters that are not there, and what is
    not encoded costs nothing. A graph encodes every row, as its path cannot depend on what it is
    given.
    """
    rows = present.nonzero().flatten()
    shown = rows if len(rows) else rows.new_zeros(1)  # one for its shape, if there is none
    training = encoder.training
    # of a lone one batch normalisation can learn no statistics, but its weights can learn
    encoder.train(training and len(rows) > 1)
    with torch.set_grad_enabled(torch.is_grad_enabled() and len(rows) > 0):
        seen = encode(*(value[shown] for value in inputs))
    encoder.train(training)
    return seen.new_zeros(len(present), *seen.shape[1:]).index_copy(0, rows, seen[: len(rows)])

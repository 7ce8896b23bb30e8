"""The inputs and outputs of heads."""

from typing import NamedTuple

from torch import Tensor


class Features(NamedTuple):
    """The encoder outputs for a batch of films.

    Attributes:
        patches: ``(B, P, D)`` float32 of the posters; None if the model reads none. Those of absent
            posters are meaningless.
        poster_present: ``(B,)`` bool; None if the model reads posters only, because every film
            then has one.
        token_features: ``(B, T, D)`` float32 of the overviews; None if the model reads none.
        token_mask: ``(B, T)`` bool, True = real, all False if the overview is absent.

    """

    patches: Tensor | None
    poster_present: Tensor | None
    token_features: Tensor | None
    token_mask: Tensor | None


class GenreOutput(NamedTuple):
    """The output of a network for a batch.

    Attributes:
        logits: ``(B, G)`` float32.
        poster_attention: ``(B, G, P)`` float32 in [0, 1], if the head attends to posters.
        overview_attention: ``(B, G, T)`` float32 in [0, 1], if it attends to overviews. For each
            genre, the attention over all patches and tokens of a film sums to 1.
        poster_evidence: ``(B, G, P)`` float32, what each patch adds to the logits linearly, if the
            head has a linear path: class activation maps (Zhou et al., arXiv 1512.04150). None in
            training, where it is not needed.
        overview_evidence: ``(B, G, T)`` float32, what each token adds to the logits linearly.
        poster_features: ``(B, D)`` float32, the pooled poster before any fusion; zeros for a film
            without a poster. None in training, as are the others below.
        overview_features: ``(B, D)`` float32, the pooled overview; D is that of its encoder.
        poster_parts: ``(B, P, D)`` float32, what each patch adds to ``poster_features``, if the
            pooling is linear; their sum is ``poster_features``. So a linear model on these features
            has evidence too.
        overview_parts: ``(B, T, D)`` float32, what each token adds to ``overview_features``.

    """

    logits: Tensor
    poster_attention: Tensor | None = None
    overview_attention: Tensor | None = None
    poster_evidence: Tensor | None = None
    overview_evidence: Tensor | None = None
    poster_features: Tensor | None = None
    overview_features: Tensor | None = None
    poster_parts: Tensor | None = None
    overview_parts: Tensor | None = None

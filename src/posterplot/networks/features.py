"""What encoders hand to heads, and what heads answer."""

from typing import NamedTuple

from torch import Tensor


class Features(NamedTuple):
    """A batch of films, encoded.

    Attributes:
        patches: ``(B, P, D)`` float32 of the posters; None where the model reads none.
        poster_present: ``(B,)`` bool; None where the model reads posters alone, as every film
            then has one. Patches of absent posters are meaningless.
        words: ``(B, T, D)`` float32 of the overviews' tokens; None where the model reads none.
        token_mask: ``(B, T)`` bool, True = real, all False where the overview is absent.

    """

    patches: Tensor | None
    poster_present: Tensor | None
    words: Tensor | None
    token_mask: Tensor | None


class GenreOutput(NamedTuple):
    """What a network says of a batch.

    Attributes:
        logits: ``(B, G)`` float32.
        poster_attention: ``(B, G, P)`` float32 in [0, 1], where the head attends to posters.
        overview_attention: ``(B, G, T)`` float32 in [0, 1], where it attends to overviews. Over
            all patches and tokens of a film together, a genre's attention sums to 1.
        poster_evidence: ``(B, G, P)`` float32, what each patch adds to the logits in a straight
            line, where the head has such a line: class activation maps (Zhou et al., arXiv
            1512.04150). None in training, where nobody asks.
        overview_evidence: ``(B, G, T)`` float32, what each token adds.

    """

    logits: Tensor
    poster_attention: Tensor | None = None
    overview_attention: Tensor | None = None
    poster_evidence: Tensor | None = None
    overview_evidence: Tensor | None = None

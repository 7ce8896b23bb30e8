"""The sections about the head, its loss, and initial weights."""

from typing import Literal

from pydantic import model_validator

from posterplot.training.config.section import Chance, Count, Section, Share


class HeadConfig(Section):
    """The head: from the sequences of the encoders to one logit per genre.

    See :mod:`posterplot.networks.heads` and :mod:`posterplot.networks.fusion`.

    Attributes:
        kind: ``pooled`` (mean and maximum) or ``mean`` for one modality; ``gated`` for both;
            ``attention``, one query per genre, for one or both.
        dropout: Share of pooled or attended values dropped in training.
        width: Hidden width of ``gated`` and ``attention``.
        heads: Number of attention heads of ``attention``. It must divide the width.

    """

    kind: Literal["pooled", "mean", "gated", "attention"] = "pooled"
    dropout: Share = 0.3
    width: Count = 256
    heads: Count = 4

    @model_validator(mode="after")
    def _divides(self) -> "HeadConfig":
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        return self


class LossConfig(Section):
    """The loss. See :func:`posterplot.networks.make_loss`."""

    kind: Literal["bce", "weighted-bce", "focal", "asymmetric"] = "bce"


class InitFromConfig(Section):
    """Finished runs whose weights training starts from, as paths from the working folder.

    Attributes:
        poster, overview: A run with the same encoder of that modality. If its head is ``mean`` or
            ``attention``, an ``attention`` head also takes over its linear layer: a joint model
            with both starts as a weighted sum of their logits.
        head: A run with the same head over the same encoders, for example one with
            ``fit.frozen``.
        poster_weight: Initial weight of the poster's logit in that sum, where the overview is
            present too. Posters alone are overconfident, and part of what they show is in the
            overview as well.

    """

    poster: str | None = None
    overview: str | None = None
    head: str | None = None
    poster_weight: Chance = 0.5

"""Convert logits to calibrated probabilities, and these to genres."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator

Rule = Literal["half", "global", "genre"]
Guarantee = Literal["precision", "recall"]
Probability = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """A part of a bundle's manifest: frozen, with finite numbers and no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def sigmoid(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the logistic function of ``logits``, of any shape, in [0, 1]."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))  # this form cannot overflow


class Guarantees(Record):
    """Thresholds, one for all genres, that guarantee a precision or a recall.

    They are fitted on validation films. The guarantee holds for films from the same distribution,
    with the stated confidence: the probability, over draws of validation films, that the thresholds
    satisfy it.

    Attributes:
        films: N validation films behind it.
        confidence: Confidence of every guarantee, in (0, 1).
        levels: Shares that can be guaranteed, in (0, 1), ascending.
        precision: For each level, the lowest threshold with which at least this share of the
            predicted genres is right; None if no threshold is known to reach it.
        recall: For each level, the highest threshold with which at least this share of the true
            genres is predicted; None likewise.

    """

    films: int
    confidence: float
    levels: tuple[float, ...]
    precision: tuple[float | None, ...]
    recall: tuple[float | None, ...]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not len(self.levels) == len(self.precision) == len(self.recall):
            raise ValueError("there must be one threshold per level")
        return self

    def threshold(self, kind: Guarantee, level: float) -> float | None:
        """Return the threshold for a level of precision or recall; None if none is known.

        Raises:
            ValueError: There is no such level.

        """
        thresholds = self.precision if kind == "precision" else self.recall
        return thresholds[self.levels.index(round(level, 4))]


class Decisions(Record):
    """Calibration and thresholds, fitted on the validation films only.

    Attributes:
        calibration: How ``scale`` and ``offset`` were found.
        scale: G factors of the logits, > 0.
        offset: G terms added to the scaled logits.
        thresholds: Rule -> G thresholds in [0, 1]. Rules: "half" is 0.5 for every genre, "global"
            one threshold for all genres, "genre" one for each.
        rule: The default rule.
        guarantees: Thresholds that guarantee a precision or a recall; None if none were fitted.
        guarantee_text: What the thresholds guarantee, in words, where a guarantee replaced them.
            It is not stored.

    """

    calibration: Literal["none", "temperature", "platt"]
    scale: tuple[PositiveFloat, ...]
    offset: tuple[float, ...]
    thresholds: dict[Rule, tuple[Probability, ...]]
    rule: Rule
    guarantees: Guarantees | None = None
    guarantee_text: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        lengths = {len(self.scale), len(self.offset), *map(len, self.thresholds.values())}
        if len(lengths) != 1 or self.rule not in self.thresholds:
            raise ValueError("scale, offset and thresholds must have one value per genre")
        return self

    def probabilities(self, logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Convert ``(…, G)`` logits to ``(…, G)`` calibrated probabilities in [0, 1).

        None is exactly 1: a threshold of 1 predicts nothing.
        """
        calibrated = logits.astype(np.float64) * np.array(self.scale) + np.array(self.offset)
        return np.minimum(sigmoid(calibrated), np.nextafter(1.0, 0.0))

    def decide(
        self, probabilities: NDArray[np.float64], rule: Rule | None = None
    ) -> NDArray[np.bool_]:
        """Compare ``(…, G)`` probabilities with the thresholds of a rule, by default the bundle's.

        Returns:
            ``(…, G)`` bool.

        """
        return probabilities >= np.array(self.thresholds[rule or self.rule])

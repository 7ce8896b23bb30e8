import numpy as np
import pytest
from pydantic import ValidationError

from posterplot.inference.decisions import Decisions, Guarantees, sigmoid


def test_decisions_by_hand():
    decisions = Decisions(
        calibration="platt",
        scale=(2.0, 1.0),
        offset=(0.0, -1.0),
        thresholds={"half": (0.5, 0.5), "genre": (0.8, 0.2)},
        rule="genre",
    )
    logits = np.array([[np.log(2), 0.0], [-1e4, 1e4]])
    probabilities = decisions.probabilities(logits)
    assert probabilities == pytest.approx(np.array([[4 / 5, 1 / (1 + np.e)], [0.0, 1.0]]))
    assert decisions.decide(probabilities - 1e-9).tolist() == [[False, True], [False, True]]
    assert decisions.decide(probabilities, "half").tolist() == [[True, False], [False, True]]


def test_a_threshold_of_one_predicts_nothing():
    decisions = Decisions(
        calibration="none", scale=(1.0,), offset=(0.0,), thresholds={"half": (1.0,)}, rule="half"
    )
    probabilities = decisions.probabilities(np.array([[36.0], [38.0], [1e4]]))
    assert not decisions.decide(probabilities).any()
    assert probabilities == pytest.approx(1.0)


def test_the_sigmoid_of_large_logits_does_not_overflow():
    logits = np.array([-1e308, -800.0, 0.0, np.log(3), 800.0], np.float64)
    assert sigmoid(logits) == pytest.approx(np.array([0.0, 0.0, 0.5, 0.75, 1.0]))


def test_the_threshold_of_a_guarantee_is_that_of_its_level():
    whole = {"films": 9, "confidence": 0.9, "levels": (0.8, 0.9), "recall": (0.2, 0.1)}
    guarantees = Guarantees(**whole, precision=(0.6, None))
    assert guarantees.threshold("precision", 0.8) == 0.6
    assert guarantees.threshold("precision", 0.9) is None
    assert guarantees.threshold("recall", 0.3 * 3) == 0.1  # 0.8999999999999999
    with pytest.raises(ValueError, match="not in tuple"):
        guarantees.threshold("recall", 0.85)
    with pytest.raises(ValidationError, match="one threshold per level"):
        Guarantees(**whole, precision=(0.6,))

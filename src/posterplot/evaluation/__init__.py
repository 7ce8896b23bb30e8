"""How good a bundle is, how sure that is, and how two of them compare."""

from posterplot.evaluation.compare import Comparison, compare
from posterplot.evaluation.evaluate import Predicted, evaluate, predict_split
from posterplot.evaluation.evaluation import (
    Answers,
    Evaluation,
    read_evaluation,
    write_evaluation,
)
from posterplot.evaluation.intervals import Interval, interval, resamples
from posterplot.evaluation.metrics import measure

__all__ = [
    "Answers",
    "Comparison",
    "Evaluation",
    "Interval",
    "Predicted",
    "compare",
    "evaluate",
    "interval",
    "measure",
    "predict_split",
    "read_evaluation",
    "resamples",
    "write_evaluation",
]

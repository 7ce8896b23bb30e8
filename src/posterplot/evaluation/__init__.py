"""Metrics of a bundle on a split, their confidence intervals, and comparisons of two bundles."""

from posterplot.evaluation.comparison import compare
from posterplot.evaluation.evaluate import evaluate, predict_split
from posterplot.evaluation.evaluation import (
    Evaluation,
    LabelledPredictions,
    evaluation_lock,
    read_evaluation,
    write_evaluation,
)
from posterplot.evaluation.metrics import measure

__all__ = [
    "Evaluation",
    "LabelledPredictions",
    "compare",
    "evaluate",
    "evaluation_lock",
    "measure",
    "predict_split",
    "read_evaluation",
    "write_evaluation",
]

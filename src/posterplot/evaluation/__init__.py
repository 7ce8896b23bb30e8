"""How good a bundle is, how sure that is, and how two of them compare."""

from posterplot.evaluation.comparison import compare
from posterplot.evaluation.evaluate import evaluate, predict_split
from posterplot.evaluation.evaluation import (
    Answers,
    Evaluation,
    check_output,
    read_evaluation,
    write_evaluation,
)
from posterplot.evaluation.metrics import measure

__all__ = [
    "Answers",
    "Evaluation",
    "check_output",
    "compare",
    "evaluate",
    "measure",
    "predict_split",
    "read_evaluation",
    "write_evaluation",
]

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posterplot.errors import OutputError, UsageError
from posterplot.evaluation.evaluation import (
    Evaluation,
    LabelledPredictions,
    read_evaluation,
    write_evaluation,
)

NONE = {"value": None, "low": None, "high": None}
ROW = {"support": 1, "threshold": 0.5, "ECE": 0.1} | dict.fromkeys(
    ("precision", "recall", "f1", "average_precision"), NONE
)
EVALUATION = Evaluation.model_validate(
    {
        "model": "m",
        "bundle": "0",
        "dataset": "0",
        "same_dataset": True,
        "split": "test",
        "films": 1,
        "left_out": {},
        "absent_genres": (),
        "unknown_genres": {},
        "rule": "half",
        "overall": {},
        "genres": ({"genre": "Comédie"} | ROW,),
        "operating_points": {},
        "reliability": (),
        "slices": (),
    }
)
PREDICTIONS = LabelledPredictions(["a"], ("Comédie",), np.array([[True]]), np.array([[0.75]]))


def test_the_locale_does_not_matter(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.evaluation import test_evaluation as t;"
        "t.write_evaluation(t.EVALUATION, t.PREDICTIONS, Path(sys.argv[1]))"
    )
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    path = tmp_path / "e.json"
    environment = os.environ | ascii_only | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=True)
    evaluation, predictions = read_evaluation(path)
    assert evaluation == EVALUATION
    assert predictions.genres == ("Comédie",)


@pytest.mark.parametrize("name", ["e.parquet", "e.txt", "e"])
def test_another_suffix_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"cannot be a .* file; use .json"):
        write_evaluation(EVALUATION, PREDICTIONS, tmp_path / name)
    assert not any(tmp_path.iterdir())


def test_predictions_without_ids(tmp_path):
    write_evaluation(EVALUATION, PREDICTIONS, tmp_path / "e.json")
    columns = {"target:Comédie": pa.array([True]), "probability:Comédie": pa.array([0.5])}
    pq.write_table(pa.table(columns), tmp_path / "e.parquet")
    with pytest.raises(UsageError, match="is not an evaluation"):
        read_evaluation(tmp_path / "e.json")

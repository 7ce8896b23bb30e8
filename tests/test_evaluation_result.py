import copy
import json
import math
import pickle

import pandas as pd

from posterplot.evaluation_result import Estimate


def test_an_estimate_is_a_number_with_an_interval():
    estimate = Estimate(0.5, 0.25, 0.75)
    assert estimate + 1 == 1.5
    assert (estimate.low, estimate.high) == (0.25, 0.75)
    assert json.dumps({"mAP": estimate}) == '{"mAP": 0.5}'
    assert pd.DataFrame([{"mAP": estimate}])["mAP"].dtype == float


def test_an_estimate_survives_copying_and_pickling():
    estimate = Estimate(0.5, 0.25, 0.75)
    for other in (copy.deepcopy(estimate), pickle.loads(pickle.dumps(estimate))):
        assert (other, other.low, other.high) == (0.5, 0.25, 0.75)


def test_a_metric_that_does_not_exist_is_nan():
    nan = float("nan")
    assert math.isnan(Estimate(nan, nan, nan).low)

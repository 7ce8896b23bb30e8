import numpy as np
import pytest

from posterplot.evaluation.comparison import compare
from posterplot.evaluation.evaluation import LabelledPredictions

TARGETS = np.array([[1, 0], [0, 1], [1, 1], [0, 1]], bool)
GENRES = ("Action", "Drama")


def labelled(ids, probabilities, targets=TARGETS, genres=GENRES):
    return LabelledPredictions(list(ids), genres, targets, np.asarray(probabilities, float))


def test_the_difference_of_map_by_hand():
    right = labelled("abcd", TARGETS)
    # every film has the same probability: the average precision is the share of the films
    blind = labelled("abcd", np.full((4, 2), 0.5))
    result = compare(right, blind)
    assert result.films == 4
    assert result.mAP.value == pytest.approx(1 - (2 / 4 + 3 / 4) / 2)
    assert result.mAP.low <= result.mAP.value <= result.mAP.high
    assert compare(blind, right).mAP.value == -result.mAP.value


def test_a_model_equals_itself_in_every_resample():
    model = labelled("abcd", np.random.default_rng(0).random((4, 2)))
    assert tuple(compare(model, model).mAP) == (0, 0, 0)


def test_only_films_that_both_predicted_are_compared_whatever_their_order():
    order = [2, 1, 0]
    first = labelled("abcd", TARGETS)
    second = labelled(["c", "b", "a", "z"], ~TARGETS[[*order, 3]], TARGETS[[*order, 3]])
    result = compare(first, second)
    assert result.films == 3
    assert result.mAP.value > 0


@pytest.mark.parametrize(
    "other", [labelled("wxyz", TARGETS), labelled("abcd", TARGETS, genres=("A", "B"))]
)
def test_nothing_in_common(other):
    with pytest.raises(ValueError, match="in common"):
        compare(labelled("abcd", TARGETS), other)

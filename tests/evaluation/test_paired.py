import json

import numpy as np
import pytest

from posterplot.errors import UsageError
from posterplot.evaluation.comparison import compare
from posterplot.evaluation.evaluation import LabelledPredictions
from posterplot.evaluation.paired import ModelPredictions, compare_models, write_comparison

GENRES = ("Action", "Drama")


def _model(name, probabilities, ids=None, genres=GENRES, targets=None):
    probabilities = np.asarray(probabilities, float)
    ids = ids or [f"f{n}" for n in range(len(probabilities))]
    labelled = LabelledPredictions(ids, genres, targets, probabilities)
    return ModelPredictions(name, labelled, probabilities >= 0.5)


@pytest.fixture
def targets():
    return np.random.default_rng(0).random((200, 2)) < (0.3, 0.6)


def _noisy(targets, noise, seed):
    return np.clip(targets + np.random.default_rng(seed).normal(0, noise, targets.shape), 0, 1)


def test_values_computed_by_hand():
    targets = np.array([[1, 0], [0, 1], [1, 1], [0, 1]], bool)
    right = _model("right", targets, targets=targets)
    wrong = _model("wrong", ~targets, targets=targets)
    comparison = compare_models(right, wrong)
    micro = comparison.overall["micro_f1"]
    assert (micro.first, micro.second, micro.difference) == (1, 0, 1)
    assert (micro.low, micro.high, micro.better) == (1, 1, "first")
    assert comparison.genres[0].average_precision.first == 1
    assert comparison.genres[0].support == 2
    assert compare_models(wrong, right).overall["micro_f1"].better == "second"


def test_a_model_equals_itself(targets):
    model = _model("one", _noisy(targets, 0.4, 1), targets=targets)
    comparison = compare_models(model, model)
    for difference in comparison.overall.values():
        assert (difference.difference, difference.low, difference.high) == (0, 0, 0)
        assert difference.better == ""


def test_the_interval_is_paired_and_agrees_with_the_comparison_of_map(targets):
    good, worse = (_noisy(targets, noise, 1) for noise in (0.3, 0.5))
    first, second = (_model(n, p, targets=targets) for n, p in (("a", good), ("b", worse)))
    comparison = compare_models(first, second)
    expected = compare(first.labelled, second.labelled).mAP
    mean = comparison.overall["mAP"]
    assert (mean.difference, mean.low, mean.high) == pytest.approx(expected)
    assert mean.better == "first"


def test_no_model_is_better_at_a_genre_of_few_films(targets):
    right, wrong = (
        _model(name, answers, targets=targets)
        for name, answers in (("right", targets), ("wrong", ~targets))
    )
    assert compare_models(right, wrong).genres[0].better == "first"
    rare = targets.copy()
    rare[np.flatnonzero(rare[:, 0])[9:], 0] = False
    right, wrong = (
        _model(name, answers, targets=rare) for name, answers in (("right", rare), ("wrong", ~rare))
    )
    genre = compare_models(right, wrong).genres[0]
    assert (genre.support, genre.average_precision.better, genre.better) == (9, "first", "")


def test_only_common_films_and_genres_are_compared(targets):
    ids = [f"f{n}" for n in range(200)]
    one = _model("one", _noisy(targets, 0.3, 1)[:150], ids[:150], targets=targets[:150])
    order = np.arange(199, 49, -1)
    three = np.column_stack([targets[order, 1], targets[order, 0], ~targets[order, 0]])
    other = _model(
        "other", three, [ids[n] for n in order], ("Drama", "Action", "War"), targets=three
    )
    comparison = compare_models(one, other)
    assert (comparison.films, comparison.left_out, comparison.left_out_genres) == (
        100,
        100,
        ("War",),
    )
    assert [row.genre for row in comparison.genres] == ["Action", "Drama"]
    assert comparison.genres[0].average_precision.second == 1
    assert comparison.genres[0].support == targets[50:150, 0].sum()


def test_a_genre_without_a_film_has_no_difference(tmp_path):
    targets = np.array([[1, 0], [0, 0]], bool)
    model = _model("one", targets, targets=targets)
    comparison = compare_models(model, model)
    assert comparison.genres[1].average_precision.difference is None
    write_comparison(comparison, tmp_path / "c.json")
    written = json.loads((tmp_path / "c.json").read_text())
    assert written["genres"][1]["average_precision"]["first"] is None


def test_nothing_in_common(targets):
    one = _model("one", targets, targets=targets)
    other = _model("other", targets, [f"g{n}" for n in range(200)], targets=targets)
    with pytest.raises(UsageError, match="no films in common"):
        compare_models(one, other)
    with pytest.raises(UsageError, match="no genres in common"):
        compare_models(one, _model("other", targets, genres=("A", "B"), targets=targets))

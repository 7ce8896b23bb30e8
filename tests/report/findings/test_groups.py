import numpy as np
from tests.report.sample_results import gathered

from posterplot.evaluation.evaluation import Slice
from posterplot.report.findings.groups import describe_groups, group_name, group_rows

_EVALUATION = gathered({"poster": {}}).main_model.evaluation


def _with(*slices):
    return _EVALUATION.model_copy(update={"slices": slices})


def _slice(by, value, films, expected, true):
    return Slice(
        by=by,
        value=value,
        films=films,
        micro_f1=0.5,
        macro_f1=0.5,
        mAP=0.5,
        ECE=0.1,
        expected_genres=expected,
        true_genres=true,
    )


def test_the_group_whose_probabilities_are_farthest_off_is_named():
    lines = describe_groups(
        _with(
            _slice("decade", "1990s", 80, 2.1, 2.0),
            _slice("label_source", "tmdb", 60, 2.5, 2.0),
            _slice("label_source", "imdb", 20, 4.0, 2.0),  # too few
            _slice("genres", "3", 200, 2.0, 3.0),  # says nothing of the probabilities
        )
    )
    assert "source of the labels “tmdb” (60 films): they add up to 2.50 genres per film" in lines[0]
    assert "2.00 are listed" in lines[0]
    assert lines[1].startswith("posterplot calibrate ")


def test_probabilities_that_hold_need_no_advice():
    (line,) = describe_groups(_with(_slice("decade", "1990s", 80, 2.1, 2.0)))
    assert "decade “1990s”" in line


def test_a_difference_that_chance_explains_needs_no_advice():
    # 115 labels where 100 are expected: 1.5 standard deviations or a little more
    assert len(describe_groups(_with(_slice("decade", "1990s", 50, 2.0, 2.3)))) == 1
    assert len(describe_groups(_with(_slice("decade", "1990s", 500, 2.0, 2.3)))) == 2


def test_right_probabilities_seldom_give_advice():
    rng = np.random.default_rng(0)
    share = np.geomspace(0.5, 0.02, 21)
    odds = np.log(share / (1 - share))
    advised = 0
    for _ in range(100):
        rows = []
        for n in range(4):
            p = 1 / (1 + np.exp(-odds - rng.normal(0, 1.5, (50, 21))))
            true = rng.random(p.shape) < p
            rows.append(_slice("decade", f"{n}0s", 50, p.sum() / 50, true.sum() / 50))
        advised += len(describe_groups(_EVALUATION.model_copy(update={"slices": tuple(rows)}))) - 1
    assert advised <= 10


def test_few_films_tell_nothing():
    (line,) = describe_groups(_with(_slice("decade", "1990s", 49, 2.1, 2.0)))
    assert line.startswith("No group has 50 films")


def test_rows_are_in_the_order_of_kind_and_size():
    rows = [
        _slice("label_source", "tmdb", 60, 2.5, 2.0),
        _slice("genres", "3", 200, 2.0, 3.0),
        _slice("decade", "1980s", 10, 2.1, 2.0),
        _slice("decade", "1990s", 80, 2.1, 2.0),
    ]
    assert [row.value for row in group_rows(_with(*rows))] == ["1990s", "1980s", "tmdb"]


def test_languages_are_named():
    rows = [_slice("language", code, 60, 2.0, 2.0) for code in ("de", "none")]
    assert [group_name(row) for row in rows] == ["German", "no overview"]
    assert group_name(_slice("decade", "none", 60, 2.0, 2.0)) == "none"

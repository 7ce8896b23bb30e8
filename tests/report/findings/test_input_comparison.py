import pytest
from tests.report.made_up import GENRES, predicted

from posterplot.report.findings.input_comparison import (
    compare_roles,
    say_fusion,
    say_gap,
    say_inputs,
)
from posterplot.report.findings.ranking import rank

NOTHING = dict.fromkeys(GENRES, 0.0)


def _compared(**knows):
    answers = {role: predicted(role, strengths) for role, strengths in knows.items()}
    return compare_roles(rank(GENRES, answers))


def test_posters_that_win_everywhere_change_every_word():
    posters = _compared(poster={}, overview=NOTHING, both=NOTHING)
    overviews = _compared(poster=NOTHING, overview={}, both=NOTHING)
    assert posters.named("poster") == list(GENRES)
    assert posters.named("overview") == []
    assert overviews.named("overview") == list(GENRES)
    assert say_gap(posters).startswith("Posters tell more of genres than overviews: mAP 1.000")
    assert say_gap(overviews).startswith("Overviews tell more of genres than posters: mAP 1.000")
    assert "overviews tell more than posters of no genre" in say_inputs(posters)[1]
    assert "Posters tell more than overviews of no genre" in say_inputs(overviews)[1]
    assert "is worse than reading posters alone" in say_fusion(posters)[0]
    assert "is worse than reading overviews alone" in say_fusion(overviews)[0]


def test_a_mean_and_a_gap_are_those_of_the_genres():
    found = _compared(poster={"Drama": 0.3}, overview=NOTHING)
    mean = sum(row.precision["poster"].value for row in found.genres) / len(GENRES)
    assert found.mean["poster"].value == pytest.approx(mean)
    for row in found.genres:
        expected = row.precision["poster"].value - row.precision["overview"].value
        assert row.gap.value == pytest.approx(expected)
        assert row.gap.low <= row.gap.value <= row.gap.high


def test_no_difference_is_not_said_to_be_one():
    found = _compared(poster={}, overview={})
    assert found.gap.value == 0
    assert "cannot be said" in say_gap(found)
    assert "Of 6 other genres" in say_inputs(found)[1]


def test_where_both_help_and_hurt():
    lone = {"Action": 0.2, "Drama": 0.9}
    found = _compared(poster=lone, overview=lone, both={"Action": 0.9, "Drama": 0.0})
    assert found.named("helps") == ["Action"]
    assert found.named("hurts") == ["Drama"]
    assert [row.words for row in found.genres if row.genre == "Drama"] == [["both hurts"]]
    assert "helps with Action (1 genre), and hurts Drama (1 genre)" in say_fusion(found)[1]


def test_what_neither_sees():
    found = _compared(poster={"Drama": 0.0}, overview={"Drama": 0.0}, both={})
    assert found.named("unseen") == ["Drama"]
    assert "Neither input sees Drama" in say_inputs(found)[-1]
    assert (
        "One input at least sees every genre" in say_inputs(_compared(poster={}, overview={}))[-1]
    )


def test_one_model_alone():
    found = _compared(overview={"Drama": 0.0})
    assert found.gap is found.fusion is None
    assert say_fusion(found) == []
    assert say_inputs(found) == [
        "The model does not see Drama: the interval of average precision is not above what a "
        "random order of the films reaches."
    ]


def test_a_genre_without_a_film_is_left_out():
    said = predicted("poster", {})
    said.targets[:, 0] = False
    found = compare_roles(rank(GENRES, {"poster": said}))
    assert [row.genre for row in found.genres] == list(GENRES[1:])
    assert found.mean["poster"].value == pytest.approx(1.0)

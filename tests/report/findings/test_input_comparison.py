import pytest
from tests.report.sample_results import GENRES, predicted

from posterplot.report.findings.input_comparison import (
    compare_inputs,
    describe_chance_findings,
    describe_fusion,
    describe_gap,
    describe_inputs,
)
from posterplot.report.findings.ranking import rank

NOTHING = dict.fromkeys(GENRES, 0.0)
NAMES = {"poster": "P", "overview": "O", "both": "B"}


def _compared(*, one_model=True, **strengths):
    answers = {inputs: predicted(inputs, by_genre) for inputs, by_genre in strengths.items()}
    return compare_inputs(rank(GENRES, answers), NAMES, one_model=one_model)


def test_better_posters_change_every_finding():
    posters = _compared(poster={}, overview=NOTHING, both=NOTHING)
    overviews = _compared(poster=NOTHING, overview={}, both=NOTHING)
    assert posters.genres_with("poster better") == list(GENRES)
    assert posters.genres_with("overview better") == []
    assert overviews.genres_with("overview better") == list(GENRES)
    assert describe_gap(posters).startswith("Posters say more about genres than overviews: mAP")
    assert describe_gap(overviews).startswith("Overviews say more about genres than posters: mAP")
    assert "overviews are better for no genre" in describe_inputs(posters)[1]
    assert "Posters are better for no genre" in describe_inputs(overviews)[1]
    assert "is worse than reading only posters" in describe_fusion(posters)[0]
    assert "is worse than reading only overviews" in describe_fusion(overviews)[0]


def test_a_mean_and_a_gap_are_those_of_the_genres():
    comparison = _compared(poster={"Drama": 0.3}, overview=NOTHING)
    mean = sum(row.precision["poster"].value for row in comparison.genres) / len(GENRES)
    assert comparison.mean["poster"].value == pytest.approx(mean)
    for row in comparison.genres:
        expected = row.precision["poster"].value - row.precision["overview"].value
        assert row.gap.value == pytest.approx(expected)
        assert row.gap.low <= row.gap.value <= row.gap.high


def test_no_difference_is_reported_as_none():
    comparison = _compared(poster={}, overview={})
    assert comparison.gap.value == 0
    assert "do not differ clearly" in describe_gap(comparison)
    assert "For 6 other genres" in describe_inputs(comparison)[1]


def test_genres_for_which_both_inputs_are_better_or_worse():
    lone = {"Action": 0.2, "Drama": 0.9}
    comparison = _compared(poster=lone, overview=lone, both={"Action": 0.9, "Drama": 0.0})
    assert comparison.genres_with("both better") == ["Action"]
    assert comparison.genres_with("both worse") == ["Drama"]
    assert [row.findings for row in comparison.genres if row.genre == "Drama"] == [["both worse"]]
    assert (
        "better for Action (1 genre), and worse for Drama (1 genre)"
        in describe_fusion(comparison)[1]
    )


def test_genres_that_no_input_predicts():
    comparison = _compared(poster={"Drama": 0.0}, overview={"Drama": 0.0}, both={})
    assert comparison.genres_with("at chance") == ["Drama"]
    assert "Neither input clearly ranks Drama better" in describe_inputs(comparison)[-1]
    assert (
        "At least one input ranks every genre"
        in describe_inputs(_compared(poster={}, overview={}))[-1]
    )


def test_a_single_model():
    comparison = _compared(overview={"Drama": 0.0})
    assert comparison.gap is comparison.fusion is None
    assert describe_fusion(comparison) == []
    assert describe_chance_findings(comparison) == []
    assert describe_inputs(comparison) == [
        "The model does not clearly rank Drama better than a random order of the films does."
    ]


def test_a_genre_without_a_film_is_left_out():
    predictions = predicted("poster", {})
    predictions.targets[:, 0] = False
    comparison = compare_inputs(rank(GENRES, {"poster": predictions}), NAMES, one_model=True)
    assert [row.genre for row in comparison.genres] == list(GENRES[1:])
    assert comparison.mean["poster"].value == pytest.approx(1.0)


def test_a_comparison_of_two_models_is_described_as_such():
    text = describe_gap(_compared(poster={}, overview=NOTHING, one_model=False))
    assert text.startswith("P (posters) ranks films better than O (overviews): mAP")
    assert "This compares two models." in text


def test_nothing_is_concluded_from_a_genre_of_few_films():
    answers = {inputs: predicted(inputs, {} if inputs == "poster" else NOTHING) for inputs in NAMES}
    for predictions in answers.values():
        predictions.targets[:, GENRES.index("Drama")] = False
        predictions.targets[:9, GENRES.index("Drama")] = True
    comparison = compare_inputs(rank(GENRES, answers), NAMES, one_model=True)
    (drama,) = (row for row in comparison.genres if row.genre == "Drama")
    assert (drama.support, drama.findings) == (9, ["few films"])
    for finding in ("poster better", "overview better", "both better", "both worse", "at chance"):
        assert "Drama" not in comparison.genres_with(finding)
    assert describe_inputs(comparison)[-1] == (
        "Nothing is concluded about genres of fewer than 10 films: Drama (9)."
    )


def test_all_differences_are_counted_that_may_stand_out_by_chance():
    (two,) = describe_chance_findings(_compared(poster={}, overview={}))
    assert two.startswith("Of 6 intervals of 95 % for single genres, about 0.3 would")
    # both columns of the table: posters minus overviews, and both minus the better
    (three,) = describe_chance_findings(_compared(poster={}, overview={}, both={}))
    assert three.startswith("Of 12 intervals of 95 % for single genres, about 0.6 would")


def test_nothing_is_said_of_other_genres_if_all_have_few_films():
    answers = {inputs: predicted(inputs, {}) for inputs in NAMES}
    for predictions in answers.values():
        predictions.targets[:] = False
        predictions.targets[:9] = True
    comparison = compare_inputs(rank(GENRES, answers), NAMES, one_model=True)
    first, second = describe_inputs(comparison)
    assert first == describe_gap(comparison)
    assert second.startswith("Nothing is concluded about genres of fewer than 10 films: Action")
    assert describe_chance_findings(comparison) == []

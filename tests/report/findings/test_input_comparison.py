import pytest
from tests.report.made_up import GENRES, predicted

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


def _compared(*, one_model=True, **knows):
    answers = {inputs: predicted(inputs, strengths) for inputs, strengths in knows.items()}
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
    found = _compared(poster={"Drama": 0.3}, overview=NOTHING)
    mean = sum(row.precision["poster"].value for row in found.genres) / len(GENRES)
    assert found.mean["poster"].value == pytest.approx(mean)
    for row in found.genres:
        expected = row.precision["poster"].value - row.precision["overview"].value
        assert row.gap.value == pytest.approx(expected)
        assert row.gap.low <= row.gap.value <= row.gap.high


def test_no_difference_is_reported_as_none():
    found = _compared(poster={}, overview={})
    assert found.gap.value == 0
    assert "do not differ clearly" in describe_gap(found)
    assert "For 6 other genres" in describe_inputs(found)[1]


def test_genres_for_which_both_inputs_are_better_or_worse():
    lone = {"Action": 0.2, "Drama": 0.9}
    found = _compared(poster=lone, overview=lone, both={"Action": 0.9, "Drama": 0.0})
    assert found.genres_with("both better") == ["Action"]
    assert found.genres_with("both worse") == ["Drama"]
    assert [row.findings for row in found.genres if row.genre == "Drama"] == [["both worse"]]
    assert "better for Action (1 genre), and worse for Drama (1 genre)" in describe_fusion(found)[1]


def test_genres_that_no_input_predicts():
    found = _compared(poster={"Drama": 0.0}, overview={"Drama": 0.0}, both={})
    assert found.genres_with("at chance") == ["Drama"]
    assert (
        "Neither input clearly ranks Drama better than a random order" in describe_inputs(found)[-1]
    )
    assert (
        "At least one input ranks every genre"
        in describe_inputs(_compared(poster={}, overview={}))[-1]
    )


def test_a_single_model():
    found = _compared(overview={"Drama": 0.0})
    assert found.gap is found.fusion is None
    assert describe_fusion(found) == []
    assert describe_chance_findings(found) == []
    assert describe_inputs(found) == [
        "The model does not clearly rank Drama better than a random order of the films does."
    ]


def test_a_genre_without_a_film_is_left_out():
    said = predicted("poster", {})
    said.targets[:, 0] = False
    found = compare_inputs(rank(GENRES, {"poster": said}), NAMES, one_model=True)
    assert [row.genre for row in found.genres] == list(GENRES[1:])
    assert found.mean["poster"].value == pytest.approx(1.0)


def test_a_comparison_of_two_models_is_described_as_such():
    said = describe_gap(_compared(poster={}, overview=NOTHING, one_model=False))
    assert said.startswith("P (posters) ranks films better than O (overviews): mAP")
    assert "This compares two models." in said


def test_nothing_is_concluded_from_a_genre_of_few_films():
    answers = {inputs: predicted(inputs, {} if inputs == "poster" else NOTHING) for inputs in NAMES}
    for said in answers.values():
        said.targets[:, GENRES.index("Drama")] = False
        said.targets[:9, GENRES.index("Drama")] = True
    found = compare_inputs(rank(GENRES, answers), NAMES, one_model=True)
    (drama,) = (row for row in found.genres if row.genre == "Drama")
    assert (drama.support, drama.findings) == (9, ["few films"])
    for finding in ("poster better", "overview better", "both better", "both worse", "at chance"):
        assert "Drama" not in found.genres_with(finding)
    assert describe_inputs(found)[-1] == (
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
    for said in answers.values():
        said.targets[:] = False
        said.targets[:9] = True
    found = compare_inputs(rank(GENRES, answers), NAMES, one_model=True)
    said = describe_inputs(found)
    assert len(said) == 2
    assert said[0] == describe_gap(found)
    assert said[1].startswith("Nothing is concluded about genres of fewer than 10 films: Action")
    assert describe_chance_findings(found) == []

import numpy as np

from posterplot.report.findings.confusions import confuse, describe_confusions

GENRES = ("History", "Biography", "Sport")


def _targets_and_decisions(rows):
    """Targets and decisions of films, each a pair of strings of a genre's first letters."""
    return [np.array([[g[0] in row[k] for g in GENRES] for row in rows]) for k in (0, 1)]


def test_genres_predicted_instead_of_a_missed_one():
    rows = [("H", "B")] * 3 + [("H", "H")] * 2 + [("S", "S")] * 4 + [("S", "SB")]
    confusions = confuse(GENRES, *_targets_and_decisions(rows))
    assert confusions.missed.tolist() == [3, 0, 0]
    assert confusions.instead.tolist() == [[0, 3, 0], [0, 0, 0], [0, 0, 0]]
    # biography was wrong in 3 of 3 there, and in 4 of the 10 films that have none
    assert confusions.lift[0, 1] == 1 / 0.4
    assert np.isnan(confusions.lift[1, 0])
    assert describe_confusions(confusions) == [
        "Missed most often, with the number of films: History (3).",
        "For 3 of the 3 films whose History was missed, Biography was wrongly predicted, 2.5 times "
        "as often as for all films that are not Biography.",
    ]


def test_a_genre_that_is_always_wrong_is_no_confusion():
    confusions = confuse(GENRES, *_targets_and_decisions([("H", "B")] * 3 + [("S", "SB")] * 7))
    assert confusions.lift[0, 1] == 1
    assert "No genre stands out" in describe_confusions(confusions)[1]


def test_a_perfect_model_has_no_confusions():
    confusions = confuse(GENRES, *_targets_and_decisions([("H", "H"), ("BS", "BS")]))
    assert describe_confusions(confusions) == ["No genre was missed for any film."]

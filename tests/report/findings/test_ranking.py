from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from tests.report.sample_results import GENRES, predicted

from posterplot.report.findings.ranking import chance, rank


@pytest.mark.parametrize(("films", "support"), [(6, 1), (7, 3), (5, 5), (1, 1)])
def test_chance_is_the_mean_over_every_order(films, support):
    precisions = []
    for places in combinations(range(films), support):
        true = np.isin(np.arange(films), places)
        precisions.append(average_precision_score(true, -np.arange(films)))
    assert chance(np.array([float(support)]), films)[0] == pytest.approx(np.mean(precisions))


def test_only_films_that_every_model_predicted_fully_are_ranked():
    poster, both = predicted("poster", {}), predicted("both", {})
    seen = [*both.modalities]
    seen[0] = ("poster",)
    both = both._replace(modalities=seen)
    poster = poster._replace(
        films=poster.films[:-1],
        targets=poster.targets[:-1],
        probabilities=poster.probabilities[:-1],
        modalities=poster.modalities[:-1],
    )
    ranking = rank(GENRES, {"poster": poster, "both": both})
    assert ranking.films == len(both.films) - 2
    expected = average_precision_score(both.targets[1:-1, 0], both.probabilities[1:-1, 0])
    assert ranking.precision["both"][0, 0] == pytest.approx(expected)
    assert ranking.support == tuple(both.targets[1:-1].sum(axis=0))


def test_a_poster_and_a_title_are_not_both_inputs():
    poster, both = predicted("poster", {}), predicted("both", {})
    seen = [("poster", "title")] * 3 + [*both.modalities][3:]
    ranking = rank(GENRES, {"poster": poster, "both": both._replace(modalities=seen)})
    assert ranking.films == len(both.films) - 3


def test_models_without_a_film_in_common():
    poster = predicted("poster", {})
    others = [f.__class__(f"x{f.id}", overview="Words.") for f in poster.films]
    assert rank(GENRES, {"poster": poster, "overview": poster._replace(films=others)}) is None

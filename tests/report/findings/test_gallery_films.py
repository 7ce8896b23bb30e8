import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from posterplot.evaluation.evaluate import SplitPredictions
from posterplot.films import Film
from posterplot.report.findings.gallery_films import choose_films


def _picked(targets, probabilities, each=4):
    films = [Film(str(n), overview="Words.") for n in range(len(targets))]
    seen = [("overview",)] * len(films)
    predicted = SplitPredictions(
        films, np.array(targets, bool), np.array(probabilities), seen, {}, {}, {}
    )
    return choose_films(predicted, predicted.probabilities >= 0.5, each)


def test_each_kind_selects_its_films():
    targets = [[1, 0], [0, 1], [1, 0], [0, 0], [0, 0]]
    probabilities = [[0.9, 0.1], [0.7, 0.8], [0.01, 0.2], [0.1, 0.95], [0.6, 0.1]]
    picks = _picked(targets, probabilities)
    by_kind = {kind: [p[1:] for p in picks if p.kind == kind] for kind in {p.kind for p in picks}}
    assert by_kind["hit"] == [(0, 0), (1, 1)]
    assert by_kind["mistake"] == [(3, 1), (4, 0)]
    assert by_kind["improbable"] == [(2, 0)]
    assert "missing" not in by_kind  # all such films are shown already


def test_a_rare_genre_is_not_a_label_error_because_it_is_rare():
    # 0.10 is above the share of the rare genre, 0.05, and below that of the common one, 0.5
    targets = np.zeros((20, 2), bool)
    targets[0, 0] = targets[10:, 1] = True
    probabilities = np.full((20, 2), 0.10)
    kinds = [(p.kind, p.genre) for p in _picked(targets, probabilities)]
    assert ("improbable", 1) in kinds
    assert ("improbable", 0) not in kinds


@given(
    arrays(bool, (12, 3)),
    arrays(float, (12, 3), elements=st.floats(0, 1)),
    st.integers(1, 3),
)
def test_no_film_is_chosen_twice_and_no_genre_twice_per_kind(targets, probabilities, each):
    picks = _picked(targets, probabilities, each)
    assert len({p.film for p in picks}) == len(picks)
    for kind in {p.kind for p in picks}:
        genres = [p.genre for p in picks if p.kind == kind]
        assert len(set(genres)) == len(genres) <= each
    for p in picks:
        decided, true = probabilities[p.film, p.genre] >= 0.5, targets[p.film, p.genre]
        if p.kind in ("hit", "mistake"):
            assert (decided, true) == (True, p.kind == "hit")
        else:
            assert true == (p.kind == "improbable")

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posterplot.training.data.repeats import draw_repeats, repeat_factors, shown_films

NAN = float("nan")


def test_factors_are_those_of_the_paper():
    """Shares 1/2, 1/8 and 1/32; a threshold of 1/2 gives 1, 2 and 4."""
    targets = torch.zeros(32, 3)
    targets[:16, 0] = targets[:4, 1] = targets[3, 2] = 1
    factors = repeat_factors(targets, 0.5)
    assert factors.tolist() == [2, 2, 2, 4] + [1] * 28
    assert repeat_factors(targets, 0.0).tolist() == [1] * 32
    assert repeat_factors(targets, 0.03125).tolist() == [1] * 32


def test_unknown_labels_count_neither_for_nor_against_a_genre():
    targets = torch.tensor([[1.0, 1.0], [0.0, 1.0], [NAN, 1.0], [NAN, NAN]])
    # the share of the first genre is 1/2, not 1/4; sqrt(0.98 / 0.5) = 1.4
    assert repeat_factors(targets, 0.98) == pytest.approx([1.4, 1, 1, 1])


def test_a_genre_without_films_changes_nothing():
    assert repeat_factors(torch.tensor([[1.0, 0.0]]), 0.5).tolist() == [1]


def test_whole_factors_leave_nothing_to_chance():
    drawn = draw_repeats(np.array([1.0, 3.0, 2.0]), seed=0)
    assert drawn.tolist() == [0, 1, 4, 7, 2, 5]
    assert shown_films(np.array([1.0, 3.0, 2.0])) == 6


@given(
    st.lists(st.floats(1, 5), min_size=1, max_size=40).map(np.array),
    st.integers(0, 2**32 - 1),
)
def test_every_epoch_shows_equally_many_films(factors, seed):
    drawn = draw_repeats(factors, seed)
    assert len(drawn) == shown_films(factors) == pytest.approx(factors.sum(), abs=0.5 + 1e-9)
    assert len(set(drawn.tolist())) == len(drawn)
    times = np.bincount(drawn % len(factors), minlength=len(factors))
    assert (times >= np.floor(factors)).all()
    # rounding the sum changes the factors a little, so one film may be shown once more than that
    assert (times <= np.floor(factors) + 2).all()
    assert (times[factors == 1] == 1).all()
    assert drawn.tolist() == draw_repeats(factors, seed).tolist()


def test_films_are_shown_as_often_as_their_factors_say():
    factors = np.array([1.0, 1.25, 1.5, 2.75, 1.5])
    times = sum(np.bincount(draw_repeats(factors, seed) % 5, minlength=5) for seed in range(4000))
    assert times / 4000 == pytest.approx(factors, abs=0.03)

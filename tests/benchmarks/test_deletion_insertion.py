import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deletion_insertion import (
    GRID,
    Areas,
    areas,
    cell_scores,
    centre,
    mean_difference,
    overview_parts,
    poster_parts,
    random_areas,
    rarity_scorer,
    token_rarity,
    word_scores,
)
from posterplot.inference.reader import FilmInputs

CELLS = GRID[0] * GRID[1]
SIDE = 4  # pixels of a cell
BRIGHT = 37  # row 4, column 5
POSTER = np.zeros((3, GRID[0] * SIDE, GRID[1] * SIDE), np.uint8)
POSTER[:, 4 * SIDE : 5 * SIDE, 5 * SIDE : 6 * SIDE] = 255
FIRST_STEP = 1 / 12  # of a curve of twelve


class ReadsOneCell:
    """Is sure of genre 1 if the bright cell is bright, and sure of nothing else."""

    def logits_of(self, films):
        bright = [film.poster[:, 4 * SIDE : 5 * SIDE, 5 * SIDE : 6 * SIDE].mean() for film in films]
        sure = np.where(np.array(bright) > 150, 60.0, -60.0)
        return np.stack([-sure, sure], axis=1).astype(np.float32)


class ReadsOneWord:
    """Is sure of genre 0 if the overview holds token 7."""

    def logits_of(self, films):
        held = [film.tokens is not None and 7 in film.tokens for film in films]
        return np.where(np.array(held), 60.0, -60.0)[:, None].astype(np.float32)


class CountsWords:
    """Has a logit of 0 without words, and one more for each."""

    def logits_of(self, films):
        return np.array([[float(len(film.tokens) - 2)] for film in films])


def only(part, parts):
    return np.eye(parts)[part]


def test_an_order_with_the_right_cell_first_is_best():
    parts = poster_parts(FilmInputs(POSTER, None))
    result = areas(ReadsOneCell(), parts, 1, only(BRIGHT, CELLS))
    # shown first, the genre is sure from the first step on; hidden first, it is gone by then
    assert result == pytest.approx(Areas(1 - FIRST_STEP / 2, FIRST_STEP / 2))


def test_an_order_with_the_right_cell_last_is_worst():
    parts = poster_parts(FilmInputs(POSTER, None))
    result = areas(ReadsOneCell(), parts, 1, -only(BRIGHT, CELLS))
    assert result == pytest.approx(Areas(FIRST_STEP / 2, 1 - FIRST_STEP / 2))


def test_negative_scores_reverse_the_order():
    parts = poster_parts(FilmInputs(POSTER, None))
    result = areas(ReadsOneCell(), parts, 0, only(BRIGHT, CELLS))
    assert result == pytest.approx(Areas(FIRST_STEP / 2, 1 - FIRST_STEP / 2))


def test_random_orders_lie_in_between_and_are_reproducible():
    parts = poster_parts(FilmInputs(POSTER, None))
    drawn = random_areas(ReadsOneCell(), parts, 1, draws=40, seed=0)
    assert drawn == random_areas(ReadsOneCell(), parts, 1, draws=40, seed=0)
    assert drawn != random_areas(ReadsOneCell(), parts, 1, draws=40, seed=1)
    assert 0.35 < drawn.insertion < 0.65
    assert 0.35 < drawn.deletion < 0.65


def test_equal_scores_are_spread_over_the_poster():
    # all cells alike: the bright one, among the first in their own order, is not always met first
    parts = poster_parts(FilmInputs(POSTER, None))
    assert 0.1 < areas(ReadsOneCell(), parts, 1, np.zeros(CELLS)).deletion < 0.9


def test_a_hidden_poster():
    rng = np.random.default_rng(0)
    poster = rng.integers(0, 256, (3, 50, 31), dtype=np.uint8)  # no multiple of the grid
    inputs = FilmInputs(poster, np.array([1, 2]))
    parts = poster_parts(inputs)
    every, none = np.ones(CELLS, bool), np.zeros(CELLS, bool)
    for show in (parts.deleted, parts.inserted):
        assert (show(every).poster == poster).all()
        assert show(none).poster.dtype == np.uint8
        assert (show(none).tokens == inputs.tokens).all()  # the other input stays
    flat = parts.deleted(none).poster
    assert (flat == poster.mean(axis=(1, 2), keepdims=True).round()).all()
    blurred = parts.inserted(none).poster
    assert blurred.std() < poster.std() / 4
    corner = none.copy()
    corner[0] = True
    changed = (parts.deleted(corner).poster != flat).any(axis=0)
    assert changed.any()
    assert not changed[5:].any()  # 50 / 12 rows
    assert not changed[:, 4:].any()  # 31 / 8 columns


def test_an_order_with_the_right_word_first_is_best():
    # [CLS], 24 words of which the tenth has two tokens, [SEP]
    tokens = np.concatenate([[2], np.arange(100, 109), [7, 50], np.arange(109, 123), [3]])
    words = [(n,) for n in range(1, 10)] + [(10, 11)] + [(n,) for n in range(12, 26)]
    assert len(tokens) == 27
    assert len(words) == 24
    parts = overview_parts(FilmInputs(None, tokens), words)
    result = areas(ReadsOneWord(), parts, 0, only(9, 24))
    assert result == pytest.approx(Areas(1 - FIRST_STEP / 2, FIRST_STEP / 2))


def test_short_overviews_have_one_step_per_word():
    # logits 0, 1, 2, 3 of 3 words, whichever come first
    parts = overview_parts(FilmInputs(None, np.array([2, 5, 6, 8, 3])), [(1,), (2,), (3,)])
    p = 1 / (1 + np.exp(-np.arange(4.0)))
    area = ((p[:-1] + p[1:]) / 2).mean()
    assert areas(CountsWords(), parts, 0, np.arange(3)) == pytest.approx(Areas(area, area))


def test_special_tokens_are_not_masked():
    poster = np.zeros((3, 24, 16), np.uint8)
    parts = overview_parts(FilmInputs(poster, np.array([2, 5, 6, 3])), [(1, 2)])
    nothing, all_of_it = np.zeros(1, bool), np.ones(1, bool)
    assert parts.deleted(nothing).tokens.tolist() == [2, 3]
    assert parts.deleted(all_of_it).tokens.tolist() == [2, 5, 6, 3]
    assert parts.deleted(nothing).poster is poster


def test_without_special_tokens_an_empty_overview_is_absent():
    parts = overview_parts(FilmInputs(None, np.array([5, 6])), [(0,), (1,)])
    assert parts.inserted(np.zeros(2, bool)).tokens is None


def test_films_without_the_input_are_refused():
    with pytest.raises(ValueError, match="no poster"):
        poster_parts(FilmInputs(None, np.array([1])))
    with pytest.raises(ValueError, match="no overview"):
        overview_parts(FilmInputs(POSTER, None), [])


@given(st.integers(1, 20), st.integers(1, 20), st.floats(-5, 5))
def test_uniform_scores_stay_uniform_on_the_grid(rows, columns, value):
    cells = cell_scores(np.full((rows, columns), value))
    assert cells.shape == (CELLS,)
    assert np.allclose(cells, value, atol=1e-5)


def test_scores_keep_their_position_on_the_grid():
    scores = np.zeros((6, 4), np.float32)
    scores[1, 3] = 1.0
    peak = cell_scores(scores).reshape(GRID)
    assert set(zip(*np.nonzero(peak > 0.5), strict=True)) == {(2, 6), (2, 7), (3, 6), (3, 7)}


def test_the_score_of_a_word_is_the_sum_over_its_tokens():
    scores = np.array([9.0, 1.0, 2.5, -4.0], np.float32)
    assert word_scores(scores, [(1, 2), (3,)]).tolist() == [3.5, -4.0]


def test_the_centre_is_scored_highest():
    scores = centre(FilmInputs(POSTER, np.array([3])), [0, 1])
    assert scores.overview is None
    assert scores.poster.shape == (2, *GRID)
    middle = scores.poster[0, 5:7, 3:5]
    assert (middle == scores.poster[0].max()).all()
    assert scores.poster[0, 0, 0] == scores.poster[0].min()
    assert centre(FilmInputs(None, np.array([3])), [0]).poster is None


def test_rare_tokens_are_scored_highest():
    rarity = token_rarity([np.array([0, 1, 1]), np.array([0, 2])], vocabulary=4)
    assert rarity == pytest.approx([0, np.log(2), np.log(2), np.log(4)])
    scores = rarity_scorer(rarity)(FilmInputs(POSTER, np.array([3, 0])), [5])
    assert scores.poster is None
    assert scores.overview == pytest.approx(np.array([[np.log(4), 0]]))
    assert rarity_scorer(rarity)(FilmInputs(POSTER, None), [5]).overview is None


def test_differences_are_paired():
    rng = np.random.default_rng(0)
    films = rng.normal(0, 5, 80)  # which differ among one another far more than the two methods
    difference = mean_difference(films + 0.2 + rng.normal(0, 0.1, 80), films)
    assert difference.value == pytest.approx(0.2, abs=0.05)
    assert 0.1 < difference.low < difference.value < difference.high < 0.3

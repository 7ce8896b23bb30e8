from collections import Counter
from itertools import combinations
from random import Random

import pytest

from posterplot.demo.direction import LOOKS
from posterplot.demo.genre_tables import COMBINATIONS, GENRES, mislabel, sample_genres
from posterplot.demo.write_overviews import HINT_PROBABILITY

FILMS = [sample_genres(Random(n)) for n in range(4000)]


def test_genres_are_as_imbalanced_as_in_real_catalogues() -> None:
    shares = {g: n / len(FILMS) for g, n in Counter(g for film in FILMS for g in film).items()}
    assert set(shares) == set(GENRES)
    assert max(shares, key=shares.__getitem__) == "Drama"
    assert 0.4 < shares["Drama"] < 0.55
    assert 0.02 < min(shares.values()) < 0.06


def test_a_film_has_one_to_three_genres_in_order() -> None:
    assert {len(film) for film in FILMS} == {1, 2, 3}
    assert 1.9 < sum(map(len, FILMS)) / len(FILMS) < 2.4
    assert all(list(film) == sorted(film, key=GENRES.index) for film in FILMS)


def test_genres_occur_together() -> None:
    pairs = Counter(pair for film in FILMS for pair in combinations(film, 2))
    single = Counter(g for film in FILMS for g in film)
    for a, b in (("Animation", "Family"), ("Action", "Thriller"), ("Drama", "Romance")):
        assert pairs[a, b] > 1.1 * single[a] * single[b] / len(FILMS)
    assert ("Romance", "Western") not in pairs


def test_every_genre_has_a_look_and_hints() -> None:
    assert set(LOOKS) == set(HINT_PROBABILITY) == set(GENRES)
    assert {g for _, company in COMBINATIONS for g in company.split()} == set(GENRES)


def test_some_labels_are_wrong() -> None:
    wrong = [mislabel(film, Random(n)) != film for n, film in enumerate(FILMS)]
    assert 0.05 < sum(wrong) / len(wrong) < 0.2


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_mislabelled_films_keep_at_least_one_genre(share: float) -> None:
    for n in range(50):
        genres = mislabel(("Crime", "Drama"), Random(n), share=share)
        assert 1 <= len(genres) <= 3
        assert share or genres == ("Crime", "Drama")

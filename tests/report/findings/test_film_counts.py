import numpy as np
from tests.report.sample_results import dataset

from posterplot.dataset.manifest import co_occurrence as count_pairs
from posterplot.dataset.manifest import split_statistics
from posterplot.films import GenreVocabulary
from posterplot.report.findings.film_counts import co_occurrence, describe_films, genres_by_films

NAMES = ("Action", "Drama", "Western")
FILMS = [("Action", "Drama")] * 20 + [("Drama",)] * 15 + [("Western",)] * 5


def _manifest(**changes):
    vocabulary = GenreVocabulary(NAMES)
    split = split_statistics([(g, True, n > 3) for n, g in enumerate(FILMS)], vocabulary)
    values = {
        "genres": NAMES,
        "splits": {"train": split},
        "imbalance_ratio": 7.0,
        "co_occurrence": count_pairs(FILMS, vocabulary),
    }
    return dataset().manifest.model_copy(update=values | changes)


def test_co_occurrence_of_genres():
    result = co_occurrence(_manifest())
    assert result.share[0, 1] == 1
    assert result.share[1, 0] == 20 / 35
    assert result.lift[0, 1] == result.lift[1, 0] == 40 / 35
    assert np.isnan(result.share[2, 2])


def test_the_description_of_the_films():
    text = " ".join(describe_films(_manifest(duplicate_groups=2, duplicate_films=5)))
    assert "40 films of 3 genres: 40 in train. A film has 1.50 genres on average." in text
    assert "Drama (35 films), has 7 times as many films as the rarest, Western (5)" in text
    assert "4 films (10 %) have no overview: 4 in train." in text
    assert "The most common pair is Action with Drama (20 films)" in text
    assert "5 films are duplicates, in 2 groups." in text


def test_the_description_of_a_complete_dataset():
    lines = describe_films(dataset().manifest)
    assert "Every film has a poster and an overview." in lines
    assert "No duplicates were found." in lines


def test_genres_by_films():
    assert genres_by_films(_manifest()) == ["Drama", "Action", "Western"]


def test_films_of_one_genre_each_have_no_pairs():
    text = " ".join(describe_films(_manifest(co_occurrence=((20, 0, 0), (0, 15, 0), (0, 0, 5)))))
    assert "No film has two of these genres." in text
    assert "pair" not in text

from pathlib import Path
from types import SimpleNamespace

import pytest

from posterplot.errors import DatasetError
from posterplot.training.validation_genres import check_validation_genres

DATASET = SimpleNamespace(
    path=Path("dataset"), vocabulary=SimpleNamespace(names=("Comedy", "Drama"))
)


def test_one_common_genre_is_enough():
    check_validation_genres(["News", "Drama"], DATASET)


@pytest.mark.parametrize("genres", [[], ["News"], ["drama"]])
def test_validation_films_without_a_known_genre_are_refused(genres):
    with pytest.raises(DatasetError, match="the genres of train are Comedy, Drama"):
        check_validation_genres(genres, DATASET)

import pytest

from posterplot.catalogue.film_ids import is_imdb_id, is_row_id, row_id, same_film


def test_ids_made_from_rows_are_recognised():
    assert row_id(17) == "row-17"
    assert is_row_id(row_id(2))
    assert not any(map(is_row_id, ("2", "row-", "row-2a", "arrow-2", "row-٢", "")))


def test_ids_of_imdb_are_recognised():
    assert is_imdb_id("tt0113277")
    assert not any(map(is_imdb_id, ("0113277", "tt", "tt1a", "att12", "nm0000134", "")))


@pytest.mark.parametrize(
    ("id_", "title", "other", "same"),
    [
        ("tt0113277", "Heat", "Ein Mann", True),
        ("949", "Heat", "Heat", True),
        ("949", "Heat", "", True),
        ("949", "", "", True),
        ("949", "Heat", "Salt", False),
        ("row-2", "Heat", "Heat", True),
        ("row-2", "Heat", "Salt", False),
        ("row-2", "Heat", "", False),
        ("row-2", "", "", False),
    ],
)
def test_films_that_share_an_id_are_compared_by_their_titles(id_, title, other, same):
    assert same_film(id_, title, other) is same
    assert same_film(id_, other, title) is same

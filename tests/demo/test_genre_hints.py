import pytest
from tests.demo.templates import check_template

from posterplot.demo.genre_hints import HINTS
from posterplot.demo.genre_tables import GENRES


def test_every_genre_has_hints_and_hints_name_only_genres() -> None:
    named = [g for genres, _ in HINTS for g in genres.split()]
    assert set(named) == set(GENRES)
    assert min(named.count(g) for g in GENRES) >= 3


@pytest.mark.parametrize("template", [text for _, text in HINTS])
def test_every_template_expands(template: str) -> None:
    check_template(template)

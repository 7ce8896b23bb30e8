import pytest
from tests.demo.templates import check_template

from posterplot.demo.phrases import CLOSINGS, FILLERS, OPENINGS


@pytest.mark.parametrize("template", [*OPENINGS, *FILLERS, *CLOSINGS])
def test_every_template_expands(template: str) -> None:
    check_template(template)


def test_every_opening_introduces_somebody() -> None:
    assert all("{full}" in opening or "{hero}" in opening for opening in OPENINGS)

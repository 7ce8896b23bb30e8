import pytest
from tests.demo.art.drawings import check_motif

from posterplot.demo.art.brief import LANDMARKS


@pytest.mark.parametrize("name", LANDMARKS)
def test_every_motif_is_drawn_at_its_position(name: str) -> None:
    check_motif(LANDMARKS[name], wide=name == "skyline")

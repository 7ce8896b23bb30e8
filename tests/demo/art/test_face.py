import pytest
from tests.demo.art.drawings import check_composition, drawn_by


@pytest.mark.parametrize("composition", drawn_by(".face"))
def test_every_face_draws_a_picture_of_the_right_size(composition: str) -> None:
    check_composition(composition)

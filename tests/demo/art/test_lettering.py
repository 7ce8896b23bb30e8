import pytest

from posterplot.demo.art.lettering import LETTERINGS, readable, title_block


@pytest.mark.parametrize("lettering", LETTERINGS)
def test_titles_fit_their_width(lettering: str) -> None:
    block = title_block("What the Extraordinary Lighthouse Knew", LETTERINGS[lettering], 500)
    assert 0 < block.width <= 500
    assert block.getbbox() is not None


def test_letters_contrast_with_the_background() -> None:
    black, grey, white = (0, 0, 0), (120, 120, 120), (255, 255, 255)
    assert readable(black, grey, white, black) == grey
    assert readable(grey, grey, white, black) == white
    assert readable(white, white, white, black) == black

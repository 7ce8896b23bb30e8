from random import Random

import pytest

from posterplot.demo.art.palettes import MOODS, mix_palette


@pytest.mark.parametrize("mood", MOODS)
def test_palettes_keep_dark_dark_and_light_light(mood: str) -> None:
    for n in range(10):
        palette = mix_palette(mood, 1990, Random(n))
        assert max(palette.dark) < 120
        assert min(palette.light) > 110

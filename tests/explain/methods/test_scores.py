import pytest

from posterplot.explain.methods.scores import patch_grid


@pytest.mark.parametrize(
    ("patches", "height", "width", "grid"),
    [
        (54, 272, 184, (9, 6)),
        (35, 224, 152, (7, 5)),
        (49, 224, 224, (7, 7)),
        (96, 192, 128, (12, 8)),
        (1, 40, 30, (1, 1)),
        (15, 160, 96, (5, 3)),
        (7, 224, 32, (7, 1)),
    ],
)
def test_the_grid_of_an_encoder(patches, height, width, grid):
    assert patch_grid(patches, height, width) == grid

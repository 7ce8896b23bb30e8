import numpy as np
import pytest
from tests.conftest import poster_bytes

from posterplot.explain.methods.occlusion import occlusion_grid, occlusion_scorer
from posterplot.films import Film
from posterplot.inference.reader import FilmInputs


class Sums:
    """A model whose two logits are the top left pixel and the sum of the tokens."""

    def run(self, inputs, outputs=("logits",)):
        rows = [
            (
                0.0 if i.poster is None else float(i.poster[0, 0, 0]),
                0.0 if i.tokens is None else float(i.tokens.sum()),
            )
            for i in inputs
        ]
        return {"logits": np.array(rows, np.float32)}

    def logits_of(self, inputs):
        return self.run(list(inputs))["logits"]


def test_occlusion_scores_by_hand():
    poster = np.full((3, 60, 40), 10, np.uint8)
    poster[0, 0, 0] = 210  # the mean of the first channel stays 10
    model = Sums()
    scores = occlusion_scorer(model)(FilmInputs(poster, np.array([5, 7, 1])), [1, 0])
    assert scores.poster.shape == (2, 9, 6)
    assert scores.overview.tolist() == [[5, 7, 1], [0, 0, 0]]
    assert scores.poster[1, 0, 0] == 200.0
    assert np.count_nonzero(scores.poster) == 1


def test_without_its_last_token_the_overview_is_absent():
    scores = occlusion_scorer(Sums())(FilmInputs(None, np.array([5])), [1])
    assert scores.poster is None
    assert scores.overview.tolist() == [[5]]


@pytest.mark.parametrize(
    ("height", "width", "grid"),
    [(272, 184, (9, 6)), (24, 16, (9, 6)), (100, 100, (6, 6)), (40, 4, (40, 4)), (2, 90, (1, 6))],
)
def test_regions_are_almost_squares(height, width, grid):
    assert occlusion_grid(height, width) == grid


def test_it_explains_a_model_without_scores(fused):
    film = Film("a", overview="gun chase", poster=poster_bytes(("Action",), 3))
    inputs = fused.read(film).inputs
    poster, overview = occlusion_scorer(fused)(inputs, [0, 1, 2])
    assert poster.shape == (3, 9, 6)
    without = fused.run([FilmInputs(inputs.poster, inputs.tokens[1:])])["logits"][0]
    whole = fused.run([inputs])["logits"][0]
    assert overview[:, 0] == pytest.approx(whole - without, abs=1e-5)

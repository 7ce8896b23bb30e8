import numpy as np
import pytest
from tests.posters import POSTERS

from posterplot.dataset.check import check_film
from posterplot.dataset.poster_images import decode_poster, poster_array
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.reader import Reader


@pytest.fixture(scope="module")
def reader(runs):
    return Reader(load_bundle(runs / "tiny-fusion"))


@pytest.mark.parametrize("name", POSTERS)
def test_a_poster_is_read_as_training_and_evaluation_see_it(reader, name):
    film = Film("a", genres=("Drama",), poster=POSTERS[name])
    stored = check_film(film).film
    raw = reader.read(film).inputs.poster
    assert np.array_equal(raw, reader.read(stored).inputs.poster)
    assert np.array_equal(raw, poster_array(decode_poster(stored.poster), *raw.shape[1:]))

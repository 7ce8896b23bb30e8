import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from posterplot.errors import UsageError
from posterplot.films import Film
from posterplot.memory_posters import path_or_bytes

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8)


def decoded(content):
    return Image.open(io.BytesIO(content))


def test_paths_and_bytes_are_kept():
    assert path_or_bytes("a.jpg") == path_or_bytes(Path("a.jpg")) == Path("a.jpg")
    assert path_or_bytes(b"content") == b"content"


def test_pixels_are_encoded_without_loss():
    for poster in (PIXELS, np.asfortranarray(PIXELS), Image.fromarray(PIXELS)):
        np.testing.assert_array_equal(np.asarray(decoded(path_or_bytes(poster))), PIXELS)


def test_an_image_is_turned_upright():
    image = Image.fromarray(PIXELS)
    image.getexif()[274] = 6  # the camera was turned by 90 degrees
    assert decoded(path_or_bytes(image)).size == (60, 40)


def test_transparency_is_kept():
    image = Image.new("LA", (40, 60), (10, 0))
    assert decoded(path_or_bytes(image)).mode == "RGBA"


@pytest.mark.parametrize(
    ("poster", "message"),
    [
        (np.zeros((3, 60, 40), np.uint8), "3x60x40 of uint8"),
        (np.zeros((60, 40, 3), np.float32), "60x40x3 of float32"),
        (np.zeros((60, 40), np.uint8), "60x40 of uint8"),
        (7, "type int"),
    ],
)
def test_other_types_and_shapes_are_refused(poster, message):
    with pytest.raises(UsageError, match=message):
        path_or_bytes(poster)
    with pytest.raises(UsageError, match=message):
        Film("1", poster=poster, overview="A text.")


def test_a_film_stores_a_path_or_bytes():
    assert Film("1", poster="a.jpg").poster == Path("a.jpg")
    np.testing.assert_array_equal(np.asarray(decoded(Film("1", poster=PIXELS).poster)), PIXELS)

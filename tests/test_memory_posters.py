import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from posterplot.dataset.poster_images import decode_poster
from posterplot.errors import FilmError, UsageError
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
        (np.zeros((0, 0, 3), np.uint8), "0x0x3 of uint8"),
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


@pytest.mark.parametrize(
    "poster",
    [
        Image.new("RGB", (0, 0)),
        decoded(path_or_bytes(PIXELS)[:200]),  # the pixels are missing
    ],
)
def test_images_that_cannot_be_read(poster):
    with pytest.raises(FilmError, match="poster is damaged: "):
        path_or_bytes(poster)


def test_damaged_exif_data_are_ignored():
    image = Image.fromarray(PIXELS)
    stream = io.BytesIO()
    image.save(stream, "PNG", exif=b"Exif\0\0no TIFF")
    stored = decoded(path_or_bytes(decoded(stream.getvalue())))
    np.testing.assert_array_equal(np.asarray(stored), PIXELS)


def greys():
    return Image.fromarray(PIXELS).convert("L")


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (Image.fromarray(np.asarray(greys(), ">u2") * 257), "TIFF"),
        (Image.fromarray(np.asarray(greys(), np.float32) / 255), "TIFF"),
        (Image.fromarray(PIXELS).convert("CMYK"), "JPEG"),
        (Image.fromarray(PIXELS).convert("P"), "GIF"),
    ],
)
def test_an_image_of_any_mode_looks_like_its_file(image, kind):
    stream = io.BytesIO()
    image.save(stream, kind)
    content = stream.getvalue()
    expected = np.asarray(decode_poster(content), int)
    stored = np.asarray(decode_poster(path_or_bytes(decoded(content))), int)
    assert np.abs(stored - expected).max() <= 1


def test_premultiplied_transparency():
    image = Image.new("LA", (40, 60), (10, 128)).convert("La")
    assert decoded(path_or_bytes(image)).mode == "RGBA"

import io

import pytest
from PIL import Image
from tests.posters import POSTERS, encoded

from posterplot.dataset.poster_images import MAX_SIDE, decode_poster
from posterplot.dataset.stored_poster import POSTER_SIDE, stored_poster
from posterplot.errors import FilmError


@pytest.mark.parametrize("name", POSTERS)
def test_a_stored_poster_is_a_small_plain_jpeg(name):
    content, image = stored_poster(POSTERS[name])
    stored = Image.open(io.BytesIO(content))
    whole = decode_poster(POSTERS[name])
    assert (stored.format, stored.mode) == ("JPEG", "RGB")
    assert min(stored.size) == min(*whole.size, POSTER_SIDE)
    assert stored.width / stored.height == pytest.approx(whole.width / whole.height, rel=0.01)
    assert not {"exif", "comment", "progressive"} & stored.info.keys()
    assert image is None or min(image.size) >= min(*whole.size, 2 * POSTER_SIDE)


@pytest.mark.parametrize("name", POSTERS)
def test_a_stored_poster_is_stored_as_it_is(name):
    content, _ = stored_poster(POSTERS[name])
    assert stored_poster(content) == (content, None)


def test_only_a_small_plain_jpeg_is_kept_byte_for_byte():
    kept = {name for name, poster in POSTERS.items() if stored_poster(poster).content == poster}
    assert kept == {"small", "tiny", "extreme"}
    assert stored_poster(POSTERS["small"] + bytes(50_000)).image is not None  # more than a picture


def test_a_file_and_its_content_are_stored_alike(tmp_path):
    (tmp_path / "poster").write_bytes(POSTERS["webp"])
    assert stored_poster(tmp_path / "poster").content == stored_poster(POSTERS["webp"]).content


def test_a_broken_poster_is_reported():
    with pytest.raises(FilmError, match="truncated"):
        stored_poster(POSTERS["large"][:5000])


def test_the_longest_poster_can_be_stored():
    """Fuzzing found one of 40 x 65,539 pixels, which is more than a JPEG or a WebP holds."""
    longest = Image.new("RGB", (16, MAX_SIDE))
    stored = stored_poster(encoded(longest, "TIFF")).content
    assert Image.open(io.BytesIO(stored)).size == (16, MAX_SIDE)
    assert encoded(longest, "WEBP")

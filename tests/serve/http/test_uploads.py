import struct
import zlib

import pytest
from PIL import Image
from tests.serve.conftest import encoded

from posterplot.dataset.poster_images import readable_formats
from posterplot.errors import FilmError
from posterplot.serve.http.schemas import FilmRequest
from posterplot.serve.http.uploads import check_poster, uploaded_film
from posterplot.serve.limits import MAX_OVERVIEW, MAX_POSTER


def bomb(width, height):
    """A small PNG whose header claims this many pixels."""

    def chunk(kind, content):
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


@pytest.mark.parametrize("kind", readable_formats())
def test_every_format_of_the_command_line_is_accepted(kind):
    assert {"JPEG", "PNG", "WEBP", "AVIF", "GIF"} <= set(readable_formats())
    if kind in Image.SAVE or kind == "HEIF":
        check_poster(encoded(kind=kind))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (encoded(kind="PCX"), "not an image"),
        (encoded(kind="EPS"), "not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\x89PNG\r\n\x1a\n", "poster is"),
        (b"\xff\xd8\xff", "poster is"),
        (bomb(100_000, 100_000), "too large: over 24,000,000 pixels"),
        (bomb(6000, 4001), "over 24,000,000 pixels"),
        (encoded(Image.new("RGB", (8, 8))), "too small"),
        (encoded() + bytes(MAX_POSTER), "bytes"),
        (encoded(kind="JPEG") + b"\xff\xda" * 65, "scans"),
    ],
)
def test_other_posters_are_refused(content, message):
    with pytest.raises(FilmError, match=message):
        check_poster(content)


def test_a_progressive_jpeg_is_accepted():
    rough = Image.effect_noise((400, 600), 90).convert("RGB")
    check_poster(encoded(rough, "JPEG", progressive=True, quality=95))


def test_a_bmp_with_run_length_encoding_is_refused():
    content = bytearray(encoded(Image.new("P", (40, 60)), "BMP"))
    check_poster(bytes(content))
    content[30:34] = struct.pack("<I", 1)  # BI_RLE8
    with pytest.raises(FilmError, match="run-length"):
        check_poster(bytes(content))


def test_a_tiff_may_not_hide_a_jpeg_of_many_scans():
    large = Image.effect_noise((400, 6000), 60).convert("RGB")
    content = encoded(large, "TIFF", compression="jpeg")
    assert content.count(b"\xff\xda") > 64  # one for each strip
    check_poster(content)
    with pytest.raises(FilmError, match="scans"):
        check_poster(content + b"\xff\xda" * 65)


def test_a_film_keeps_the_inputs_that_can_be_used():
    kept = uploaded_film(FilmRequest(id="a", overview="x"), b"?")
    assert kept.film is not None
    assert kept.film.poster is None
    assert "not an image" in (kept.problem or "")
    none = uploaded_film(FilmRequest(title="x"))
    assert none.film is None
    assert none.problem == "the film has neither a poster nor an overview"


@pytest.mark.parametrize("poster", ["?", "é", "AAA", "/etc/passwd.jpg"])
def test_a_poster_that_is_not_base64_is_left_out(poster):
    film = uploaded_film(FilmRequest(overview="x", poster=poster))
    assert film.film is not None
    assert film.film.poster is None
    assert "base64" in (film.problem or "")


def test_an_overview_that_is_too_long_is_left_out():
    long = "x" * (MAX_OVERVIEW + 1)
    kept = uploaded_film(FilmRequest(overview=long), encoded())
    assert kept.film is not None
    assert kept.film.overview is None
    both = uploaded_film(FilmRequest(overview=long, poster="?"))
    assert both.film is None
    assert "too long" in (both.problem or "")
    assert "base64" in (both.problem or "")


def test_a_jpeg_2000_that_would_stop_the_interpreter_is_refused():
    check_poster(encoded(Image.new("RGB", (1000, 1500)), "JPEG2000"))
    large = encoded(Image.new("RGBA", (2000, 2001), (1, 2, 3, 4)), "JPEG2000", irreversible=True)
    assert len(large) < 10_000
    with pytest.raises(FilmError, match="over 4,000,000 pixels in JPEG 2000"):
        check_poster(large)

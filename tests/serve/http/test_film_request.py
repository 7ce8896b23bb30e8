import struct
import zlib

import pytest
from PIL import Image
from tests.serve.conftest import encoded

from posterplot.errors import FilmError
from posterplot.serve.http.film_request import ask_about, check_poster
from posterplot.serve.http.schemas import FilmIn
from posterplot.serve.limits import MAX_POSTER


def bomb(width, height):
    """A PNG of few bytes that says it has so many pixels."""

    def chunk(kind, content):
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_served(kind):
    check_poster(encoded(kind=kind))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not one of"),
        (encoded(kind="GIF"), "not one of"),
        (encoded(kind="TIFF"), "not one of"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not one of"),
        (b"\x89PNG\r\n\x1a\n", "poster is"),
        (b"\xff\xd8\xff", "poster is"),
        (bomb(100_000, 100_000), "too large"),
        (bomb(6000, 4001), "over 24,000,000 pixels"),
        (encoded(Image.new("RGB", (8, 8))), "too small"),
        (encoded() + bytes(MAX_POSTER), "bytes"),
        (encoded(kind="JPEG") + b"\xff\xda" * 65, "scans"),
    ],
)
def test_what_is_not(content, said):
    with pytest.raises(FilmError, match=said):
        check_poster(content)


def test_encoders_write_few_scans():
    rough = Image.effect_noise((400, 600), 90).convert("RGB")
    check_poster(encoded(rough, "JPEG", progressive=True, quality=95))


def test_what_is_left_of_a_film():
    kept = ask_about(FilmIn(id="a", overview="x").model_copy(update={"poster": b"?"}))
    assert kept.film is not None
    assert kept.film.poster is None
    assert "not one of" in (kept.problem or "")
    assert ask_about(FilmIn(title="x")).film is None

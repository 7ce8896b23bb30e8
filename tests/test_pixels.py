import io
import struct

import numpy as np
import pytest
from PIL import Image

from posterplot.dataset.poster_images import decode_poster, load_greys, open_poster
from tests.posters import encoded

RAMP = np.linspace(0, 1, 400).reshape(20, 20)


@pytest.mark.parametrize("largest", [255, 65535, 2**31 - 1])
def test_greys_of_32_bits(largest):
    image = Image.fromarray((RAMP * largest).astype(np.int32))
    decoded = np.asarray(decode_poster(encoded(image, "TIFF")))
    assert decoded[..., 0] == pytest.approx(RAMP * 255, abs=1)


def test_unsigned_greys_of_32_bits():
    pixels = (RAMP * (2**32 - 1)).astype("<u4").tobytes()
    entries = [(256, 20), (257, 20), (258, 32), (259, 1), (262, 1), (273, 110), (278, 20)]
    entries += [(279, len(pixels))]
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    head += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    content = head.ljust(110, b"\0") + pixels
    assert Image.open(io.BytesIO(content)).mode == "I"
    assert np.asarray(decode_poster(content))[..., 0] == pytest.approx(RAMP * 255, abs=1)


@pytest.mark.parametrize("largest", [1, 255])
def test_greys_of_floating_point_numbers(largest):
    pixels = (RAMP * largest).astype(np.float32)
    pixels[0, 0] = np.nan
    decoded = np.asarray(decode_poster(encoded(Image.fromarray(pixels), "TIFF")))
    assert decoded[..., 0] == pytest.approx(RAMP * 255, abs=1)


def test_a_cmyk_jpeg_is_inverted_only_with_adobe_s_mark():
    ink = Image.new("CMYK", (40, 60), (0, 200, 240, 20))
    colour = ink.convert("RGB").getpixel((0, 0))
    marked = encoded(ink, "JPEG", quality=100)  # Pillow writes Adobe's mark, and inverts
    start = marked.index(b"\xff\xee")
    (length,) = struct.unpack(">H", marked[start + 2 : start + 4])
    inverted = Image.new("CMYK", (40, 60), (255, 55, 15, 235))
    plain = encoded(inverted, "JPEG", quality=100)
    plain = plain[:start] + plain[start + 2 + length :]
    for content in (marked, plain):
        assert decode_poster(content).getpixel((20, 30)) == pytest.approx(colour, abs=6)
        grey = load_greys(open_poster(content), 16).getpixel((5, 5))
        assert grey == pytest.approx(
            Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0)), abs=6
        )

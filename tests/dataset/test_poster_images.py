import io
import os
import struct
import sys
import threading
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from posterplot.dataset.poster_images import (
    MAX_PIXELS,
    _register_heif,
    decode_poster,
    load_greys,
    load_poster,
    open_poster,
    poster_array,
    read_poster,
    readable_formats,
    shrink,
)
from posterplot.dataset.stored_poster import stored_poster
from posterplot.errors import FilmError


def encoded(image: Image.Image, format_: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def halves(mode: str = "RGB", size=(40, 60)) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, size[1] // 2, *size))
    return image.convert(mode)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("format_", "mode"),
    [
        *(("TIFF", mode) for mode in ("RGB", "P", "CMYK", "YCbCr")),
        *(("JPEG", mode) for mode in ("RGB", "CMYK", "YCbCr")),
        *(("PNG", mode) for mode in ("RGB", "P")),
    ],
)
def test_colour_modes(mode, format_):
    image = decode_poster(encoded(halves(mode), format_))
    assert image.mode == "RGB"
    assert image.size == (40, 60)
    for y, colour in [(10, (255, 0, 0)), (50, (0, 0, 255))]:
        assert image.getpixel((20, y)) == pytest.approx(colour, abs=40)


def test_greys_of_8_and_16_bits():
    deep = Image.fromarray(np.full((20, 20), 0x8123, np.uint16))
    assert decode_poster(encoded(deep)).getpixel((0, 0)) == (0x81,) * 3
    assert decode_poster(encoded(Image.new("L", (20, 20), 7))).getpixel((0, 0)) == (7,) * 3


@pytest.mark.parametrize("orientation", range(1, 10))
def test_every_orientation_as_pillow_turns_it(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    content = encoded(Image.fromarray(pixels), "PNG", exif=exif)
    with Image.open(io.BytesIO(content)) as image:
        expected = ImageOps.exif_transpose(image)
    assert np.array_equal(decode_poster(content), expected)


@pytest.mark.parametrize(
    "other",
    [
        (0x0100, 2, 4, b"abc\0"),  # a width that is text
        (0x0131, 5, 1, b"abcd"),  # an offset that leads nowhere
        (0x8769, 4, 1, b"\xff\xff\0\0"),  # likewise, to another directory
    ],
)
def test_a_wrong_exif_tag_beside_the_orientation(other):
    entries = [(0x0112, 3, 1, b"\x06\0\0\0"), other]
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2)
    exif += b"".join(struct.pack("<HHI", *e[:3]) + e[3] for e in sorted(entries)) + bytes(4)
    content = encoded(halves(), "JPEG", exif=exif)
    assert decode_poster(content).size == (60, 40)
    assert stored_poster(content).image.size == (60, 40)


def test_transparent_parts_become_white():
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert decode_poster(encoded(clear)).getpixel((0, 0)) == (255, 255, 255)
    half = Image.new("LA", (20, 20), (0, 128))
    assert decode_poster(encoded(half)).getpixel((0, 0)) == (127, 127, 127)
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    assert decode_poster(encoded(palette, transparency=1)).getpixel((0, 0)) == (255, 255, 255)
    assert decode_poster(encoded(palette, transparency=b"\xff\x00")).getpixel((0, 0)) == (255,) * 3
    keyed = Image.new("RGB", (20, 20), (1, 2, 3))
    assert decode_poster(encoded(keyed, transparency=(1, 2, 3))).getpixel((0, 0)) == (255,) * 3


@pytest.mark.parametrize(("orientation", "top"), [(1, "red"), (3, "blue"), (6, None)])
def test_turned_upright(orientation, top):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode_poster(encoded(halves(), "JPEG", exif=exif, quality=95))
    assert image.size == ((60, 40) if top is None else (40, 60))
    if top:
        red, _, blue = image.getpixel((20, 5))
        assert (red > blue) == (top == "red")


def test_first_frame_of_an_animation():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    animation = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_poster(animation).getpixel((0, 0)) == (255, 0, 0)


def test_reads_files_by_content_not_name(tmp_path):
    path = tmp_path / "poster.jpg"
    path.write_bytes(encoded(halves(), "WEBP"))
    assert decode_poster(path).size == (40, 60)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "poster is empty"),
        (b"<!DOCTYPE html><html>", "poster is not an image: HTML"),
        (b"\n <HTML>", "poster is not an image: HTML"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x">', "poster is not an image: SVG"),
        (b"nothing of the kind", "poster is not an image: unknown"),
        (encoded(Image.new("RGB", (1, 1))), "poster is too small: 1 x 1 pixels"),
        (encoded(Image.new("RGB", (2000, 15))), "poster is too small"),
        (encoded(Image.new("RGB", (16_384, 16)), "PNG"), "poster is too long: 16,384 x 16 pixels"),
        (encoded(halves(size=(400, 600)), "JPEG")[:1500], "poster is truncated"),
        (encoded(halves(), "PNG")[:-30], "poster is"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "poster is"),
        (png_header(20_000, 20_000), f"poster is too large: over {MAX_PIXELS:,} pixels"),
        (png_header(10_000, 9_000), "poster is too large"),  # where Pillow only warns
    ],
)
def test_one_clear_reason(content, reason):
    with pytest.raises(FilmError) as caught:
        decode_poster(content)
    assert caught.value.what.startswith(reason)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    for path, reason in [
        (tmp_path / "none.jpg", "poster file not found: .*none.jpg"),
        (tmp_path, "poster file is a folder"),
        (tmp_path / "\0.jpg", "poster file cannot be read"),
    ]:
        with pytest.raises(FilmError, match=reason):
            decode_poster(path)


def test_truncated_files_are_found_by_greys_and_at_half_size():
    cut = encoded(halves(size=(400, 600)), "JPEG")[:1500]
    for load in (load_greys, load_poster):
        with pytest.raises(FilmError, match="truncated"):
            load(open_poster(cut), 100)


def test_greys_and_half_size():
    photo = encoded(halves(size=(400, 600)), "JPEG")
    assert load_poster(open_poster(photo), 100).size == (100, 150)
    assert load_poster(open_poster(photo), 101).size == (200, 300)
    assert load_greys(open_poster(photo), 101).mode == "L"
    assert load_greys(open_poster(photo), 101).size == (200, 300)
    assert load_greys(open_poster(encoded(halves("P"))), 9).getpixel((0, 0)) == pytest.approx(
        76, abs=2
    )


def test_threads_leave_the_warning_filters_alone():
    before = list(warnings.filters)
    content = encoded(halves())
    threads = [
        threading.Thread(target=lambda: [decode_poster(content) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((400, 600), 200, (200, 300)),
        ((600, 400), 200, (300, 200)),
        ((100, 150), 200, (100, 150)),
        ((301, 457), 256, (256, 389)),
        ((17, 5000), 16, (16, 4706)),
    ],
)
def test_shrink(size, side, expected):
    assert shrink(Image.new("RGB", size), side).size == expected


def test_poster_array():
    array = poster_array(halves(size=(40, 60)), height=12, width=8)
    assert (array.shape, array.dtype, array.flags.c_contiguous) == ((3, 12, 8), np.uint8, True)
    assert array[:, 0, 0].tolist() == [255, 0, 0]
    assert array[:, -1, -1].tolist() == [0, 0, 255]


def test_devices_and_pipes_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    for name in ("pipe.jpg", "zero.jpg", "."):
        with pytest.raises(FilmError, match=r"poster file is a"):
            read_poster(tmp_path / name)


def test_a_file_that_is_too_large_for_a_poster_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("posterplot.dataset.poster_images.MAX_BYTES", 10)
    (tmp_path / "p.jpg").write_bytes(bytes(11))
    with pytest.raises(FilmError, match="poster file is too large"):
        read_poster(tmp_path / "p.jpg")


@pytest.fixture
def heic():
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    return encoded(halves(size=(64, 96)), "HEIF", quality=90)


def test_heic_is_read_with_the_extra(heic):
    decoded = np.asarray(decode_poster(heic), int)
    assert decoded.shape == (96, 64, 3)
    assert np.abs(decoded - np.asarray(halves(size=(64, 96)), int)).mean() < 10
    assert readable_formats()["HEIF"] == "image/heic"


def test_heic_without_the_extra_names_it(heic, monkeypatch):
    monkeypatch.delitem(Image.OPEN, "HEIF")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    _register_heif.cache_clear()
    with pytest.raises(FilmError, match=r"pip install 'posterplot\[heic\]'"):
        decode_poster(heic)
    assert "HEIF" not in readable_formats()
    monkeypatch.undo()
    _register_heif.cache_clear()
    assert "HEIF" in readable_formats()

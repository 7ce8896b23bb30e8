import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from posterplot.dataset import pixel_budget
from posterplot.dataset.pixel_budget import pixels_in_memory
from posterplot.dataset.poster_images import decode_poster


@pytest.mark.parametrize(("size", "together"), [(10, 10), (40, 2), (100, 1), (1000, 1)])
def test_no_more_than_the_limit_is_decoded_at_once(monkeypatch, size, together):
    monkeypatch.setattr(pixel_budget, "PIXELS_AT_ONCE", 100)
    running, most, lock = 0, 0, threading.Lock()

    def decode(_):
        nonlocal running, most
        with pixels_in_memory(size):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(decode, range(30)))
    assert most == together


def test_an_image_that_cannot_be_decoded_gives_its_pixels_back(monkeypatch):
    monkeypatch.setattr(pixel_budget, "PIXELS_AT_ONCE", 100)
    for _ in range(3):
        with pytest.raises(ValueError, match="damaged"), pixels_in_memory(100):
            raise ValueError("damaged")


def test_posters_count(monkeypatch):
    from tests.conftest import poster_bytes

    counted = []

    def count(pixels):
        counted.append(pixels)
        return pixels_in_memory(pixels)

    monkeypatch.setattr("posterplot.dataset.poster_images.pixels_in_memory", count)
    decode_poster(poster_bytes(("Drama",), 1, (40, 60)))
    assert counted == [2400]

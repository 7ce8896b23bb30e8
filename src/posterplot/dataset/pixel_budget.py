"""Limit the number of pixels that are decoded at the same time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# As many as one poster may have: while the largest is decoded, the other threads wait. Decoding
# takes up to 14 bytes per pixel.
PIXELS_AT_ONCE = 80_000_000

_changed = threading.Condition()
_in_use = 0


@contextmanager
def pixels_in_memory(count: int) -> Iterator[None]:
    """Wait until the pixels of an image fit into the memory that all threads share.

    Args:
        count: Number of pixels of the image. An image that is larger than the limit waits until it
            is alone.
    """
    global _in_use
    with _changed:
        _changed.wait_for(lambda: _in_use == 0 or _in_use + count <= PIXELS_AT_ONCE)
        _in_use += count
    try:
        yield
    finally:
        with _changed:
            _in_use -= count
            _changed.notify_all()

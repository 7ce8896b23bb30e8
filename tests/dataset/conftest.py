import pytest

from posterplot.dataset import blocks


@pytest.fixture(scope="module")
def short_blocks():
    """Divide arrays into blocks of three elements, so that small ones have several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK", 3)
        yield

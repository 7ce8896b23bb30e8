import shutil
from pathlib import Path

import pytest


@pytest.fixture
def bundle(runs: Path, tmp_path: Path) -> Path:
    """A copy of a bundle, which tests alter."""
    return shutil.copytree(runs / "tiny-lstm" / "bundle", tmp_path / "bundle")

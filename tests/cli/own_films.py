"""Films with genres of one's own, for calibrate and adapt."""

import csv
from pathlib import Path

from tests.commands import RUN_ALL
from tests.tiny_bundle import overview

WITHOUT_TORCH = (
    """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "lightning", "timm", "transformers"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""
    + RUN_ALL
)
KINDS = {"Fights": ("Action",), "Tears": ("Drama",)}


def write_films(path: Path, films: int, genres: str) -> Path:
    """Write films of two kinds; their genres are these kinds, or the model's own."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "overview", "genres", "split"])
        for n in range(films):
            own = list(KINDS)[n % 2]
            name = own if genres == "own" else KINDS[own][0]
            split = ("train", "validation", "validation", "test")[n % 4]
            writer.writerow([f"f{n}", f"Film {n}", overview(KINDS[own], n), name, split])
    return path

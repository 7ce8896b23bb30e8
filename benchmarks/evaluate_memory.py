"""Measure time and peak memory of ``evaluate`` on a large split.

Run from the repository's root: ``python benchmarks/evaluate_memory.py [--films 600 60000]``.

Draws films whose overviews consist of words of their genres, trains the TF-IDF baseline on 2,000 of
them, and evaluates it on test splits of the given sizes, each in a separate process.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from posterplot.configs import CONFIGS

CONFIG = CONFIGS / "overview-tfidf.toml"
GENRES = [
    *("Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Drama", "Family"),
    *("Fantasy", "History", "Horror", "Music", "Musical", "Mystery", "Romance", "Sci-Fi", "Sport"),
    *("Thriller", "War", "Western"),
]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SMALL_SPLIT = 2000  # films of train and of validation
MEASURE = (
    "import resource, subprocess, sys;"
    " code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
    " print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def main() -> None:
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, nargs="+", default=[600, 60_000])
    sizes = parser.parse_args().films
    print("| films of test | seconds | peak memory |")
    print("|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for films in sizes:
            folder = Path(name) / str(films)
            folder.mkdir()
            draw(folder / "films.csv", films)
            data, model = folder / "dataset", folder / "model"
            posterplot("prepare", folder / "films.csv", "--out", data)
            posterplot("train", CONFIG, "--data", data, "--out", model)
            started = time.perf_counter()
            peak = posterplot("evaluate", model, "--data", data, "--out", folder / "out.json")
            seconds = time.perf_counter() - started
            print(f"| {films:,} | {seconds:.0f} | {peak / 1e6:.0f} MB |", flush=True)


def draw(path: Path, films: int) -> None:
    """Write a table of films with overviews of 40 words, half of them typical of the genres."""
    rng = random.Random(0)  # noqa: S311
    splits = ["train"] * SMALL_SPLIT + ["validation"] * SMALL_SPLIT + ["test"] * films
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "overview", "genres", "split"])
        for n, split in enumerate(splits):
            genres = rng.sample(GENRES, rng.randint(1, 3))
            words = [rng.choice(genres).lower() + rng.choice(LETTERS) for _ in range(20)]
            words += ["".join(rng.choices(LETTERS, k=4)) for _ in range(20)]
            rng.shuffle(words)
            writer.writerow([n, " ".join(words), "|".join(genres), split])


def posterplot(*arguments: object) -> int:
    """Run a command in a separate process; return its peak memory in bytes."""
    command = [sys.executable, "-m", "posterplot", *map(str, arguments)]
    run = [sys.executable, "-c", MEASURE, *command]
    code, peak = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    if code not in ("0", "1"):
        sys.exit(f"{arguments[0]} ended with exit code {code}")
    return int(peak) * (1 if sys.platform == "darwin" else 1024)  # Linux counts in KiB


if __name__ == "__main__":
    main()

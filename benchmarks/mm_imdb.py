"""Run the commands of docs/mm-imdb.md on invented films in MM-IMDb's raw layout.

Run from the repository's root::

    python benchmarks/mm_imdb.py [--films 48] [--epochs 1]

It prepares them, trains the three configurations, and evaluates the joint model on test. It shows
that the commands work together; the figures say nothing about MM-IMDb.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from posterplot.configs import CONFIGS
from posterplot.demo import write_catalogue
from posterplot.evaluation import read_evaluation

SPLITS = ("train",) * 4 + ("dev", "test")  # repeated over the films


def main() -> None:
    """Write the films, run the commands, and print what was evaluated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=48)
    parser.add_argument("--epochs", type=int, default=1, help="epochs of each model")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_layout(folder, arguments.films)
        run(folder, "prepare", "mmimdb", "--out", "data/mm-imdb")
        for part in ("poster", "overview", "joint"):
            config = CONFIGS / f"mm-imdb-{part}.toml"
            out = f"runs/mm-imdb-{part}"
            epochs = f"fit.epochs={arguments.epochs}"
            run(folder, "train", config, "--data", "data/mm-imdb", "--out", out, "--set", epochs)
        joint = ("runs/mm-imdb-joint", "--data", "data/mm-imdb")
        run(folder, "evaluate", *joint, "--split", "test", "--out", "mm-imdb.json")
        evaluation, _ = read_evaluation(folder / "mm-imdb.json")
    left_out = sum(evaluation.left_out.values())
    print(f"evaluated: {evaluation.films} films of test, {left_out} left out")
    print("metrics:", ", ".join(evaluation.overall))


def write_layout(folder: Path, films: int) -> None:
    """Write ``mmimdb/split.json``, and a JSON and a JPEG file for each film."""
    table = write_catalogue(folder / "demo", films=films)
    (folder / "mmimdb/dataset").mkdir(parents=True)
    split: dict[str, list[str]] = {name: [] for name in dict.fromkeys(SPLITS)}
    with table.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["overview"] and row["poster"]]
    for n, row in enumerate(rows):
        id_ = f"{n:07}"
        split[SPLITS[n % len(SPLITS)]].append(id_)
        record = {
            "title": row["title"],
            "year": int(row["year"]),
            "genres": [*row["genres"].split("|"), "News"],  # which is none of the 23
            "plot": ["Short.", f"{row['overview']}::Nobody <nobody@example.com>"],
            "plot outline": "What is not read.",
            "kind": "movie",
        }
        (folder / f"mmimdb/dataset/{id_}.json").write_text(json.dumps(record), encoding="utf-8")
        shutil.copyfile(table.parent / row["poster"], folder / f"mmimdb/dataset/{id_}.jpeg")
    (folder / "mmimdb/split.json").write_text(json.dumps(split), encoding="utf-8")


def run(folder: Path, *arguments: str | Path) -> None:
    """Run a command of posterplot in a folder; it must succeed."""
    command = [sys.executable, "-m", "posterplot", *map(str, arguments)]
    print("posterplot", *map(str, arguments), flush=True)
    subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    main()

"""Predict a table of a million films with one broken row, and check that no other film is lost.

Run from the repository's root, with a fast bundle that reads overviews::

    python benchmarks/million.py MODEL [--films 1000000]

Overviews consist of the model's genres and of numbers, so reading and writing are measured rather
than the model. It fails unless every other film is predicted, in order.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from posterplot.inference.bundle import load_bundle

PREDICT = [sys.executable, "-c", "from posterplot.cli import main; main()", "predict"]


def main() -> None:
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--films", type=int, default=1_000_000)
    arguments = parser.parse_args()
    genres = load_bundle(arguments.model).manifest.genres
    broken = arguments.films // 2
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder, "films.csv"), Path(folder, "genres.jsonl")
        with table.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "title", "overview"])
            for n in range(arguments.films):
                about = f"A {genres[n % len(genres)]} of {n} nights and {n % 97} days."
                writer.writerow([n, f"Film {n}", about, *["a cell too many"] * (n == broken)])
        started = time.perf_counter()
        command = [*PREDICT, str(table), "--model", str(arguments.model), "--out", str(out)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        seconds = time.perf_counter() - started
        # Linux counts in KiB
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
        answered = 0
        with out.open(encoding="utf-8") as stream:
            for n, line in enumerate(map(json.loads, stream)):
                # the broken row has no id, and an error in place of genres
                if line["id"] != ("" if n == broken else str(n)) or ("error" in line) != (
                    n == broken
                ):
                    sys.exit(f"film {n} has the answer {line}")
                answered += "genres" in line
    if done.returncode != 1 or answered != arguments.films - 1:
        sys.exit(f"exit code {done.returncode}, {answered} films answered: {done.stderr}")
    print("| films | broken rows | answered | films/s | peak memory | said of it |")
    print("|---|---|---|---|---|---|")
    rate, last = arguments.films / seconds, " ".join(done.stderr.split()[-40:])
    print(f"| {arguments.films:,} | 1 | {answered:,} | {rate:.0f} | {peak:.0f} MB | {last} |")


if __name__ == "__main__":
    main()

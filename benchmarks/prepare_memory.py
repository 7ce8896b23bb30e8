"""Measure the memory of ``prepare``, which must not grow with the number of films or of bad rows.

Run from the repository's root: ``python benchmarks/prepare_memory.py [--films 100000 1000000]
[--rejected 2000000] [--only-dry-run]``.

Tables are drawn in the layout of TMDB's v11 export: overviews of 40 words, up to three genres, 5 %
of the films twice, and 500 posters; the posters of all other films are missing. ``prepare
--dry-run`` and ``prepare`` read each table, in processes of their own. In tables of ``--rejected``
rows, all but 100 have no genres.
"""

import argparse
import csv
import io
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

GENRES = [
    *("Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family"),
    *("Fantasy", "History", "Horror", "Music", "Mystery", "Romance", "Science Fiction"),
    *("TV Movie", "Thriller", "War", "Western"),
]
COLUMNS = [
    *("id", "title", "vote_average", "status", "release_date", "adult", "backdrop_path"),
    *("imdb_id", "overview", "poster_path", "genres", "keywords"),
]
POSTERS = 500
PREPARE = [sys.executable, "-m", "posterplot", "prepare"]


def main() -> None:
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--rejected", type=int, nargs="*", default=[2_000_000])
    parser.add_argument("--only-dry-run", action="store_true")
    arguments = parser.parse_args()
    kinds = ("dry run", *(() if arguments.only_dry_run else ("prepare",)))
    heads = [f"{kind}, {what}" for kind in kinds for what in ("s", "s of cores", "peak memory")]
    print(f"| rows | can be used | {' | '.join(heads)} |")
    print("|---|---" + 3 * len(kinds) * "|---" + "|")
    for rows, share in [(n, 1.0) for n in arguments.films] + [
        (n, 100 / n) for n in arguments.rejected
    ]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            draw(folder, rows, share)
            table = str(folder / "films.csv")
            cells = call([*PREPARE, table, "--dry-run"])
            if not arguments.only_dry_run:
                cells += call([*PREPARE, table, "--out", str(folder / "dataset")])
        print(f"| {rows:,} | {share:.2%} | {' | '.join(cells)} |", flush=True)


def draw(folder: Path, rows: int, share: float) -> None:
    """Write a table and its posters; all films but a share have no genres."""
    chance = random.Random(0)  # noqa: S311
    (folder / "posters").mkdir()
    for n in range(POSTERS):
        image = Image.frombytes("RGB", (6, 9), chance.randbytes(162)).resize((200, 300))
        stream = io.BytesIO()
        image.save(stream, "JPEG")
        (folder / f"posters/p{n}.jpg").write_bytes(stream.getvalue())
    words = [f"word{n}" for n in range(3000)]
    usable = round(rows * share)
    with (folder / "films.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="x")
        writer.writeheader()
        for n in range(rows):
            film = n - 1 if n % 20 == 19 else n  # every 20th film is a duplicate of the one before
            text = random.Random(film)  # noqa: S311
            writer.writerow(
                {
                    "id": n,
                    "title": f"Film {film}",
                    "release_date": f"{1950 + film % 75}-05-01",
                    "adult": "False",
                    "imdb_id": f"tt{n:07}",
                    "overview": " ".join(text.choices(words, k=40)).capitalize() + ".",
                    "poster_path": f"/p{n}.jpg",
                    "genres": ", ".join(text.sample(GENRES, text.randint(1, 3)))
                    if n < usable
                    else "",
                }
            )


def call(command: list[str]) -> list[str]:
    """Run a command; return its seconds, its processor seconds and its peak memory."""
    measured = (
        "import resource, subprocess, sys;"
        " code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL,"
        " stderr=subprocess.DEVNULL).returncode;"
        " used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        " print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    started = time.perf_counter()
    run = [sys.executable, "-c", measured, *command]
    figures = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    seconds, cpu, peak = time.perf_counter() - started, float(figures[1]), int(figures[2])
    if int(figures[0]) not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with exit code {figures[0]}")
    peak *= 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
    return [f"{seconds:.1f}", f"{cpu:.1f}", f"{peak / 1e6:.0f} MB"]


if __name__ == "__main__":
    main()

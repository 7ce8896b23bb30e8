"""Compare the time of preparing a dataset with that of only decoding its posters.

Alternates in one process between ``prepare`` (reading the table, decoding, hashing, duplicates,
splits, writing the shards) and a lower bound: a pool of threads on all cores in which Pillow
decodes the same files to RGB and resizes them to the same size.

Run: ``python benchmarks/prepare.py CATALOGUE [--runs 5] [--out FILE.jsonl]``.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from posterplot.catalogue import read_catalogue
from posterplot.cores import available_cores
from posterplot.dataset.poster_images import shrink
from posterplot.dataset.prepare import prepare
from posterplot.dataset.stored_poster import POSTER_SIDE
from posterplot.films import Film


def bare(posters: list[Path], side: int) -> None:
    """Decode to RGB and resize, nothing else."""
    with ThreadPoolExecutor(available_cores()) as pool:
        for _ in pool.map(lambda path: decode(path, side), posters, chunksize=16):
            pass


def decode(path: Path, side: int) -> None:
    """Decode one poster with Pillow in the usual way."""
    with Image.open(path) as image:
        shrink(image.convert("RGB"), side)


def seconds(job: Callable[[], object]) -> tuple[float, float]:
    """Time a job: wall-clock time, and processor time of all its threads.

    The latter is the fairer one on a machine that others use as well.
    """
    wall, processor = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Measure, print, and write a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()

    films = [item for item in read_catalogue(arguments.catalogue) if isinstance(item, Film)]
    posters = [film.poster for film in films if isinstance(film.poster, Path)]
    preparing, decoding = [], []
    with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
        for run in range(arguments.runs + 1):
            out = Path(folder) / str(run)
            whole = seconds(lambda out=out: prepare(arguments.catalogue, out))  # type: ignore[misc]
            least = seconds(lambda: bare(posters, POSTER_SIDE))
            if run:  # the first run reads the files from disk and imports libraries
                preparing.append(whole)
                decoding.append(least)
                print(f"run {run}: prepare {whole[0]:.2f} s, Pillow alone {least[0]:.2f} s")
    prepare_s, prepare_cpu_s = (statistics.median(times) for times in zip(*preparing, strict=True))
    pillow_s, pillow_cpu_s = (statistics.median(times) for times in zip(*decoding, strict=True))
    row = {
        "benchmark": "prepare",
        "films": len(films),
        "posters": len(posters),
        "side": POSTER_SIDE,
        "runs": arguments.runs,
        "cores": available_cores(),
        "machine": platform.machine(),
        "prepare_s": round(prepare_s, 3),
        "pillow_s": round(pillow_s, 3),
        "films_per_s": round(len(films) / prepare_s, 1),
        "rate_of_pillow": round(pillow_s / prepare_s, 3),
        "rate_of_pillow_by_processor_time": round(pillow_cpu_s / prepare_cpu_s, 3),
    }
    print(json.dumps(row))
    if arguments.out:
        with arguments.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()

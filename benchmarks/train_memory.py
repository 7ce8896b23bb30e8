"""Measure memory and time of training on many films, posters and overviews.

Run from the repository's root: ``python benchmarks/train_memory.py [--data FOLDER]``.

Draws a dataset of 150,000 films, 15,000 of them with a poster of 50 KB, and trains
the configuration ``joint`` on it for some batches, without a teacher and without finished runs. The
memory is that of the training and of the process that reads films for it: the sum of their
proportional sets, in which a page that both use counts once, and of their resident sets, in which
it counts twice. What follows the training loop does not depend on the number of films, and is left
out.
"""

import argparse
import functools
import io
import json
import random
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import tomli_w
from PIL import Image

from posterplot import __version__
from posterplot.configs import CONFIGS
from posterplot.dataset.blocks import places_of
from posterplot.dataset.manifest import (
    DatasetManifest,
    SplitStatistics,
    co_occurrence,
    file_digest,
    genre_vocabulary,
    sealed,
    split_statistics,
)
from posterplot.dataset.reading import DATA, MANIFEST, open_dataset
from posterplot.dataset.shards import shards_of, write_shard, write_spool
from posterplot.films import SPLITS, Film, Split

CONFIG = CONFIGS / "joint.toml"
GENRES = [
    *("Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Drama", "Family"),
    *("Fantasy", "History", "Horror", "Music", "Musical", "Mystery", "Romance", "Sci-Fi", "Sport"),
    *("Thriller", "War", "Western"),
]
VALIDATION = 500  # films of validation
EVERY = 0.5  # seconds between two looks at the memory


def main() -> None:
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posters", type=int, default=15_000)
    parser.add_argument("--overviews", type=int, default=150_000)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--data", type=Path, help="where the dataset is drawn, or was")
    parser.add_argument("--set", action="append", default=[], help="as --set of train")
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)  # of the process that trains
    arguments = parser.parse_args()
    if arguments.out:
        train(arguments.data, arguments.out, arguments.batches, arguments.set)
        return
    with tempfile.TemporaryDirectory() as name:
        data = arguments.data or Path(name) / "dataset"
        if not (data / MANIFEST).exists():
            draw(data, arguments.overviews, arguments.posters)
        command = [sys.executable, __file__, *sys.argv[1:], "--data", str(data)]
        out = Path(name) / "run"
        started = time.perf_counter()
        used, resident = peak_memory([*command, "--out", str(out)])
        seconds = time.perf_counter() - started
        timing = json.loads((out / "timing.json").read_text())
    print("| posters | overviews | peak memory | resident | seconds | steps | of these waiting |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {arguments.posters:,} | {arguments.overviews:,} | {used / 1e9:.2f} GB |"
        f" {resident / 1e9:.2f} GB | {seconds:.0f} | {timing['step_s']:.0f} |"
        f" {timing['data_wait_share']:.1%} |"
    )


def draw(out: Path, overviews: int, posters: int) -> None:
    """Write a dataset."""
    (out / DATA).mkdir(parents=True)
    spool = out / "spool"
    write_spool(spool, films(overviews, posters))
    splits = np.full(overviews, SPLITS.index("train"), np.int8)
    splits[:VALIDATION] = SPLITS.index("validation")
    statistics: dict[Split, SplitStatistics] = {}
    digests, labels = {}, [genres_of(n) for n in range(overviews)]
    vocabulary = genre_vocabulary(labels)
    present: tuple[Split, ...] = ("validation", "train")
    for split in present:
        places = places_of(splits, SPLITS.index(split))
        for name, part in shards_of(split, splits):
            here = np.arange(part.start, part.stop, dtype=np.int32)
            write_shard(out / DATA / name, spool, here, np.arange(overviews, dtype=np.int32))
            digests[name] = file_digest(out / DATA / name)
        facts = ((labels[n], n % overviews < posters, True) for n in places)
        statistics[split] = split_statistics(facts, vocabulary)
    spool.unlink()
    manifest = DatasetManifest(
        posterplot=__version__,
        seed=0,
        poster_side=256,
        genres=vocabulary.names,
        genres_not_in_train=(),
        splits=statistics,
        imbalance_ratio=None,
        co_occurrence=co_occurrence(labels, vocabulary),
        duplicate_groups=0,
        duplicate_films=0,
        rejected={},
        fingerprint=f"drawn, {overviews}, {posters}",
    )
    (out / MANIFEST).write_text(sealed(manifest, digests).model_dump_json())


def genres_of(number: int) -> list[str]:
    """Return the genres of a film."""
    chance = random.Random(number)  # noqa: S311
    return chance.sample(GENRES, chance.randint(1, 3))


def films(overviews: int, posters: int) -> Iterator[Film]:
    """Draw films with plots of 90 words; the first of them have posters."""
    rng = np.random.default_rng(0)
    words = [f"{a}{b}" for a in ("ma", "ri", "to", "be", "ka") for b in "bcdfghklmnprst"]
    images = []
    for _ in range(100):
        coarse = rng.integers(0, 256, (48, 32, 3), np.uint8)
        image = Image.fromarray(coarse).resize((256, 384)).effect_spread(2)
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=90)
        images.append(stream.getvalue())
    for n in range(overviews):
        # a decoder ignores what follows the picture, so all posters differ in it alone
        poster = images[n % 100] + n.to_bytes(4, "little") if n < posters else None
        text = " ".join(words[k] for k in rng.integers(0, len(words), 90))
        yield Film(f"f{n}", f"Film {n}", 2000, text, tuple(genres_of(n)), poster)


def alone(config: Path) -> str:
    """Return a configuration without the sections that name other runs and datasets."""
    sections = tomllib.loads(config.read_text())
    for name in ("init_from", "distillation", "sources"):
        sections.pop(name, None)
    return tomli_w.dumps(sections)


def train(data: Path, out: Path, batches: int, overrides: list[str]) -> None:
    """Train for some batches, without the export."""
    import lightning

    from posterplot.training.config.run_config import NetworkConfig, load_config
    from posterplot.training.loop.fit import fit_network

    out.mkdir()
    (out / "drawn.toml").write_text(alone(CONFIG))
    limits: dict[str, Any] = {"limit_train_batches": batches, "limit_val_batches": 2}
    config = load_config(out / "drawn.toml", ["export.int8=false", *overrides])
    if not isinstance(config, NetworkConfig):
        raise TypeError("only networks are trained here")
    place = "posterplot.training.loop.fit"
    with (
        patch("lightning.Trainer", functools.partial(lightning.Trainer, **limits)),
        patch(f"{place}.export_network", lambda *_, **__: b""),
        patch(f"{place}.check_export", lambda *_, **__: None),
    ):
        fit_network(config, open_dataset(data), out, resume=False, log=print)


def peak_memory(command: list[str]) -> tuple[int, int]:
    """Run a command; return the peaks in bytes of what it and its children have in memory.

    Returns:
        The peaks of the sums of the proportional and of the resident sets.

    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    used = resident = 0
    while process.poll() is None:
        sets = [memory(pid) for pid in tree(process.pid)]
        used = max(used, sum(one["Pss"] for one in sets))
        resident = max(resident, sum(one["Rss"] for one in sets))
        time.sleep(EVERY)
    if process.returncode:
        sys.exit(f"training ended with exit code {process.returncode}")
    return used, resident


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    pids = [pid]
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids += [p for child in tasks.read_text().split() for p in tree(int(child))]
        except OSError:  # it has ended meanwhile
            continue
    return pids


def memory(pid: int) -> Counter[str]:
    """Return the sets of a process, ``Rss`` and ``Pss``, in bytes; 0 if it has ended."""
    sizes: Counter[str] = Counter()
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, size = line.split()[:2]
            sizes[name.rstrip(":")] = int(size) * 1024
    except OSError:
        return Counter()
    return sizes


if __name__ == "__main__":
    main()

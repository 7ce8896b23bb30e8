"""Measure the speed of the packaged model, with baselines and bounds for comparison.

Run from the repository's root, on an idle machine::

    python benchmarks/speed.py RUN CATALOGUE [--films 60000] [--data DATASET]

RUN is a finished run of a joint network, CATALOGUE its films with their splits. The films of test
are predicted, repeatedly for the larger tables. With DATASET a poster network is trained for an
epoch, to measure how long it waits for films. All measurements that are compared alternate; medians
are shown, with minimum and maximum in brackets.
"""

import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from posterplot.catalogue import read_catalogue
from posterplot.dataset.text import overview_text
from posterplot.evaluation import measure
from posterplot.films import Film
from posterplot.inference.bundle import BundleManifest, load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs
from posterplot.training.build.restore import restore_network

PREDICT = [sys.executable, "-c", "from posterplot.cli import main; main()", "predict"]
# a process inherits the peak memory of its parent, so the parent must be small
_SMALL = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
LITE0 = """
kind = "network"
name = "lite0"
[poster]
encoder = "tf_efficientnet_lite0"
height = 224
width = 224
[head]
kind = "mean"
[fit]
epochs = 1
batch_size = 32
workers = 1
accelerator = "cpu"
"""


class Row(NamedTuple):
    """A row of the table: name, value, value of the baseline or bound, ratio, and target."""

    what: str
    ours: str
    other: str
    ratio: str
    bar: str


def main() -> None:
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--runs", type=int, default=5, help="turns of each rival")
    parser.add_argument("--films", type=int, default=6000, help="films in the largest table")
    parser.add_argument("--first", type=int, help="number of test films; all by default")
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    read = read_catalogue(arguments.catalogue)
    films = [film for film in read if isinstance(film, Film) and film.split == "test"]
    films = [film for film in films if len(film.modalities) == 2][: arguments.first]
    print("\n".join(machine()) + "\n")
    print("| | posterplot | compared with | ratio | target |\n|---|---|---|---|---|")
    # measurements that start processes come first, while this process is small
    rows: list[Callable[[], Iterable[Row]]] = [
        lambda: cold(arguments.run, films[0], arguments.runs),
        lambda: growth(arguments.run, films, (600, arguments.films // 10, arguments.films)),
        lambda: throughput(arguments.run, films, arguments.runs),
    ]
    if arguments.data:
        rows.append(lambda: waiting(arguments.data))
    for measured in rows:
        for row in measured():
            print(f"| {' | '.join(row)} |", flush=True)


def machine() -> Iterator[str]:
    """Describe the machine."""
    cpu = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = {line.partition(":")[2].strip() for line in cpu.splitlines() if "model name" in line}
    yield f"{len(os.sched_getaffinity(0))} cores of {', '.join(names) or platform.machine()}"
    parts = ("onnxruntime", "pillow", "tokenizers", "torch", "torchvision")
    versions = ", ".join(f"{part} {metadata.version(part)}" for part in parts)
    yield f"Python {platform.python_version()}, {versions}"


def cold(run: Path, film: Film, turns: int) -> Iterator[Row]:
    """Time a prediction of one film from the shell, and importing torch."""
    ours = [*PREDICT, "--poster", str(film.poster), "--overview", str(film.overview)]
    ours += ["--model", str(run)]
    rival = [sys.executable, "-c", "import torch"]
    answer, imported = by_turns(turns, lambda: _call(ours), lambda: _call(rival))
    what = "one film, cold, against `import torch`"
    ratio = _ratio(answer, imported)
    yield Row(what, f"{_spread(answer)} s", f"{_spread(imported)} s", ratio, "< 1")


def growth(run: Path, films: Sequence[Film], sizes: tuple[int, int, int]) -> Iterator[Row]:
    """Measure peak memory and time per film, for tables of two sizes."""
    seconds, megabytes = {}, {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "films.csv"
            with table.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(["id", "title", "overview", "poster"])
                for n in range(size):
                    film = films[n % len(films)]
                    writer.writerow([f"{n}", film.title, film.overview, film.poster])
            out = str(Path(folder) / "genres.jsonl")
            started = time.perf_counter()
            call = [*PREDICT, str(table), "--allow-outside", "--model", str(run), "--out", out]
            megabytes[size] = _call(call)
            seconds[size] = time.perf_counter() - started
    small, middle, large = sizes
    yield Row(
        f"peak memory, {large:,} films against {small:,}",
        f"{megabytes[large]:.0f} MB",
        f"{megabytes[small]:.0f} MB",
        f"{megabytes[large] / megabytes[small]:.2f}",
        "≤ 700 MB, 0.9 to 1.1",
    )
    yield Row(
        f"time a film, {large:,} films against {middle:,}",
        f"{1000 * seconds[large] / large:.1f} ms",
        f"{1000 * seconds[middle] / middle:.1f} ms",
        f"{seconds[large] / large / (seconds[middle] / middle):.2f}",
        "0.85 to 1.15",
    )


def throughput(run: Path, films: Sequence[Film], turns: int) -> Iterator[Row]:
    """Compare prediction with eager PyTorch and with the bound, then the predictions of both."""
    predictor = Predictor(load_bundle(run))
    network = restore_network(run)
    manifest = predictor.bundle.manifest
    ready = [inputs for film in films if (inputs := predictor.read(film).inputs)]
    logits: dict[str, NDArray[np.float32]] = {}
    network_logits: Callable[..., torch.Tensor] = lambda *inputs: network(*inputs).logits  # noqa: E731

    def ours() -> None:
        logits["bundle"] = predictor.logits(films)[1]

    def rival() -> None:
        logits["float"] = eager(network_logits, films, manifest, predictor.tokenizer)

    took = by_turns(
        turns,
        ours,
        rival,
        lambda: decode_alone(predictor, films),
        lambda: session_alone(predictor, ready),
    )
    rates = [[len(films) / seconds for seconds in one] for one in took]
    what = f"predict, {len(films)} films of test, against"
    shown = [f"{_spread(rate)} films/s" for rate in rates]
    yield Row(f"{what} eager PyTorch", shown[0], shown[1], _ratio(rates[0], rates[1]), "≥ 3")
    slower = min((2, 3), key=lambda n: statistics.median(rates[n]))
    for n, name in ((2, "decoding alone"), (3, "the session alone")):
        bar = "≥ 0.75" if n == slower else ""
        yield Row(f"{what} {name}", shown[0], shown[n], _ratio(rates[0], rates[n]), bar)
    yield from agreement(manifest, films, logits)


def agreement(
    manifest: BundleManifest, films: Sequence[Film], logits: dict[str, NDArray[np.float32]]
) -> Iterator[Row]:
    """Compare the predictions of the bundle and of the float network."""
    names = manifest.genres
    targets = np.array([[name in film.genres for name in names] for film in films])
    decisions = manifest.decisions_for(("poster", "overview"))
    probabilities = {name: decisions.probabilities(values) for name, values in logits.items()}
    decided = {name: decisions.decide(p) for name, p in probabilities.items()}
    plain = np.ones((1, len(films)))
    ours, other = (
        float(measure(targets, probabilities[n], decided[n], plain).overall["mAP"][0])
        for n in ("bundle", "float")
    )
    equal = (decided["bundle"] == decided["float"]).mean()
    yield Row(
        "mAP of the bundle, against the float network",
        f"{ours:.4f}",
        f"{other:.4f}",
        f"{ours - other:+.4f}",
        "within 0.005",
    )
    yield Row("decisions of both that are equal", f"{equal:.2%}", "", "", "≥ 97 %")


def eager(
    says: Callable[..., torch.Tensor],
    films: Sequence[Film],
    manifest: BundleManifest,
    tokenizer: Tokenizer | None,
) -> NDArray[np.float32]:
    """Predict in the usual way: PIL, torchvision's transforms, a DataLoader, batches of 32."""
    if manifest.poster is None or manifest.overview is None or tokenizer is None:
        raise SystemExit("the run must be of a joint network")
    size, reads = manifest.poster, manifest.overview
    bicubic = v2.InterpolationMode.BICUBIC
    transform = v2.Compose([v2.Resize((size.height, size.width), bicubic), v2.PILToTensor()])
    padding = Tokenizer.from_str(tokenizer.to_str())
    padding.enable_truncation(reads.max_tokens)
    padding.enable_padding(length=reads.max_tokens)

    class Films(torch.utils.data.Dataset[Any]):
        def __len__(self) -> int:
            return len(films)

        def __getitem__(self, index: int) -> tuple[torch.Tensor, ...]:
            film = films[index]
            with Image.open(str(film.poster)) as image:
                poster = transform(image.convert("RGB"))
            text = padding.encode(overview_text(film, title=reads.title) or "")
            mask = torch.tensor(text.attention_mask, dtype=torch.bool)
            return poster, torch.tensor(True), torch.tensor(text.ids) * mask, mask

    loader: Iterable[list[torch.Tensor]] = DataLoader(Films(), batch_size=32, num_workers=2)
    with torch.no_grad():
        rows = [says(*batch).numpy() for batch in loader]
    return np.concatenate(rows)


def decode_alone(predictor: Predictor, films: Sequence[Film]) -> None:
    """Only read films, on all cores."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for _ in pool.map(predictor.read, films):
            pass


def session_alone(predictor: Predictor, ready: Sequence[FilmInputs]) -> None:
    """Only run the graph on films in memory, on all cores."""
    predictor.logits_of(ready)


def waiting(data: Path) -> Iterator[Row]:
    """Train a poster network for an epoch, and measure how long it waits for films."""
    with tempfile.TemporaryDirectory() as folder:
        config, run = Path(folder) / "lite0.toml", Path(folder) / "run"
        config.write_text(LITE0)
        train = [*PREDICT[:-1], "train", str(config), "--data", str(data), "--out", str(run)]
        _call(train)
        timing = json.loads((run / "timing.json").read_text())
    share = timing["data_wait_share"]
    what = "training EfficientNet-Lite0 at 224: waiting for films, of step time"
    yield Row(what, f"{share:.1%}", f"{timing['step_s']:.0f} s", "", "≤ 10 %")


def by_turns(turns: int, *jobs: Callable[[], object]) -> list[list[float]]:
    """Time jobs alternately, after one round of warm-up; return the seconds of each."""
    took: list[list[float]] = [[] for _ in jobs]
    for turn in range(turns + 1):
        for job, seconds in zip(jobs, took, strict=True):
            started = time.perf_counter()
            job()
            if turn:
                seconds.append(time.perf_counter() - started)
    return took


def _call(command: list[str]) -> float:
    """Run a command and return its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _SMALL, *command], check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode > 1:  # 1: done, except for the films listed
        sys.exit(f"{' '.join(command)} failed")
    return int(done.stdout) * 1024 / 1e6  # Linux counts in KiB


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g}–{max(values):.3g})"


def _ratio(ours: Sequence[float], other: Sequence[float]) -> str:
    return f"{statistics.median(ours) / statistics.median(other):.2f}"


if __name__ == "__main__":
    main()

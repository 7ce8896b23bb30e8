"""Train, evaluate and compare the study's models on a catalogue: see docs/comparisons.md.

Run from the repository's root::

    python benchmarks/study.py CATALOGUE --work FOLDER --figure docs/figures/curves.svg

Finished results in FOLDER are kept, so an interrupted call can be repeated.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from curves import draw_curves
from posterplot.configs import CONFIGS
from posterplot.dataset.reading import Dataset, open_dataset
from posterplot.evaluation import compare, measure, read_evaluation
from posterplot.evaluation.metrics import Floats
from posterplot.films import Split
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.data.film_choice import films_with
from posterplot.training.loop.history import read_history
from posterplot.training.package.decisions import fit_thresholds

MODELS = ("poster-cnn", "overview-lstm", "overview-tfidf", "late-fusion")


def main() -> None:
    """Compute missing results, and print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--figure", type=Path)
    arguments = parser.parse_args()
    catalogue = arguments.catalogue.resolve()
    figure = arguments.figure.resolve() if arguments.figure else None
    arguments.work.mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.work)
    if not Path("dataset").exists():
        _posterplot("prepare", catalogue, "--out", "dataset")
    for name in MODELS:
        run = Path("runs") / name
        if not (run / "bundle").exists():
            resume = ["--resume"] if (run / "checkpoints" / "last.ckpt").exists() else []
            config = CONFIGS / f"{name}.toml"
            _posterplot("train", config, "--data", "dataset", "--out", run, *resume)
        out = Path("evaluations") / f"{name}.json"
        if not out.exists():
            _posterplot("evaluate", run, "--data", "dataset", "--split", "test", "--out", out)
    if figure:
        figure.unlink(missing_ok=True)
        draw_curves([Path("runs") / name for name in MODELS[:2]], figure)
    dataset = open_dataset(Path("dataset"))
    for line in (*_overall(), "", *_raw(dataset), "", *_study(), "", *_gains(), "", *_genres()):
        print(line)


def _posterplot(*arguments: object) -> None:
    command = [sys.executable, "-c", "from posterplot.cli import main; main()"]
    done = subprocess.run([*command, *map(str, arguments)], check=False)
    if done.returncode > 1:  # 1: done, except for the films listed
        sys.exit(done.returncode)


def _overall() -> Iterator[str]:
    shown = ("mAP", "micro_f1", "macro_f1", "micro_precision", "micro_recall", "samples_f1", "ECE")
    yield "| model | films | " + " | ".join(shown) + " | calibration, rule |"
    yield "|" + "---|" * (len(shown) + 3)
    for name in MODELS:
        evaluation, _ = read_evaluation(Path("evaluations") / f"{name}.json")
        decisions = load_bundle(Path("runs") / name).manifest.decisions
        cells = []
        for metric in shown:
            f = evaluation.overall[metric]
            cells.append(f"{f.value:.3f} ({f.low:.3f}–{f.high:.3f})")
        rule = f"{decisions.calibration}, {decisions.rule}"
        yield f"| {name} | {evaluation.films} | " + " | ".join(cells) + f" | {rule} |"


def _raw(dataset: Dataset) -> Iterator[str]:
    """Measure as for the reference values: uncalibrated, one global threshold."""
    yield "| uncalibrated, one global threshold | micro-F1 | macro-F1 |"
    yield "|---|---|---|"
    for name in MODELS:
        bundle = load_bundle(Path("runs") / name)
        p, targets = _answers(bundle, dataset, "validation")
        thresholds = fit_thresholds(p, targets)["global"]
        p, targets = _answers(bundle, dataset, "test")
        plain = np.ones((1, len(p)))
        overall = measure(targets > 0, p, p >= thresholds, plain).overall
        yield f"| {name} | {overall['micro_f1'][0]:.3f} | {overall['macro_f1'][0]:.3f} |"


def _answers(bundle: Bundle, dataset: Dataset, split: Split) -> tuple[Floats, Floats]:
    films = films_with(dataset, split, bundle.modalities)
    films, logits = Predictor(bundle).logits(films)
    targets = dataset.vocabulary.encode([f.genres for f in films]).astype(float)
    return 1 / (1 + np.exp(-logits.astype(float))), targets


def _study() -> Iterator[str]:
    """Measure as in the study: at 0.5, uncalibrated, on validation, at the best epoch."""
    columns = ("micro_precision", "micro_recall", "micro_f1", "macro_f1", "mAP")
    yield "| validation, at 0.5, best epoch | epoch | " + " | ".join(columns) + " |"
    yield "|" + "---|" * (len(columns) + 2)
    for name in MODELS[:2]:
        rows = read_history(Path("runs") / name / "history.csv")
        best = max(rows, key=lambda row: float(row["validation_mAP"]))
        cells = " | ".join(f"{float(best[f'validation_{c}']):.3f}" for c in columns)
        yield f"| {name} | {int(best['epoch']) + 1} of {len(rows)} | {cells} |"


def _gains() -> Iterator[str]:
    yield "| mAP of late fusion less that of | films | difference | 95 % interval, paired |"
    yield "|---|---|---|---|"
    _, fused = read_evaluation(Path("evaluations/late-fusion.json"))
    for name in MODELS[:3]:
        films, m = compare(fused, read_evaluation(Path("evaluations") / f"{name}.json")[1])
        yield f"| {name} | {films} | {m.value:+.3f} | {m.low:+.3f} to {m.high:+.3f} |"


def _genres() -> Iterator[str]:
    yield "| AP | support | " + " | ".join(MODELS) + " |"
    yield "|" + "---|" * (len(MODELS) + 2)
    columns = [read_evaluation(Path("evaluations") / f"{n}.json")[0].genres for n in MODELS]
    for rows in zip(*columns, strict=True):
        cells = " | ".join(f"{row.average_precision.value or 0:.3f}" for row in rows)
        yield f"| {rows[0].genre} | {rows[-1].support} | {cells} |"


if __name__ == "__main__":
    main()

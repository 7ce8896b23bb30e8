"""Train and evaluate the pretrained models with several seeds, for docs/comparisons.md.

Run from the repository's root, with the folder of sentence-transformers/all-mpnet-base-v2::

    python benchmarks/quality.py CATALOGUE --posters CATALOGUE --overviews CATALOGUE \
        --teacher FOLDER --work FOLDER

Finished results in FOLDER are kept, so an interrupted call can be repeated.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from posterplot.configs import CONFIGS
from posterplot.evaluation import compare, read_evaluation

ROOT = Path(__file__).parents[1].resolve()
_TEACHER = "distillation.predictions=['data/teacher.parquet']"
METRICS = ("mAP", "micro_f1", "macro_f1", "ECE")
# settings of the recipe beyond the configurations, for further films and a teacher
RECIPE: dict[str, tuple[str, ...]] = {
    "poster-lite2": ("sources=[{dataset='data/posters'}]", "fit.epochs=4"),
    "overview-minilm": (
        "sources=[{dataset='data/posters'}, {dataset='data/overviews'}]",
        "fit.epochs=2",
    ),
    "overview-mpnet": (_TEACHER, "distillation.weight=0.7"),
    "joint": (_TEACHER, "distillation.weight=0.6"),
    "joint-mpnet": (_TEACHER, "distillation.weight=0.6"),
}
_Rows = dict[str, tuple[str, str | None]]
_Gains = dict[str, tuple[str, ...]]
# row of the table -> run, and its inputs
ROWS: _Rows = {
    "poster": ("poster-lite2", None),
    "overview": ("overview-minilm", None),
    "late fusion of the two": ("late", None),
    "joint": ("joint", None),
    "joint, poster alone": ("joint", "poster"),
    "joint, overview alone": ("joint", "overview"),
    "joint, poster and title": ("joint", "title"),
}
LARGER: _Rows = {
    "overview, MPNet": ("overview-mpnet", None),
    "joint over MPNet": ("joint-mpnet", None),
    "joint over MPNet, poster alone": ("joint-mpnet", "poster"),
    "joint over MPNet, overview alone": ("joint-mpnet", "overview"),
    "late fusion of poster and MPNet": ("late-mpnet", None),
}
# better row -> compared row
GAINS: _Gains = {"joint": ("poster", "overview", "late fusion of the two")}
LARGER_GAINS: _Gains = {
    "joint over MPNet": ("poster", "overview, MPNet", "late fusion of poster and MPNet", "joint")
}


def main() -> None:
    """Compute missing results, and print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--posters", type=Path, required=True, help="further films with posters")
    parser.add_argument("--overviews", type=Path, required=True, help="further films without")
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--larger", action="store_true", help="the models over MPNet too")
    arguments = parser.parse_args()
    rows = ROWS | (LARGER if arguments.larger else {})
    gains = GAINS | (LARGER_GAINS if arguments.larger else {})
    catalogues = {
        "films": arguments.catalogue.resolve(),
        "posters": arguments.posters.resolve(),
        "overviews": arguments.overviews.resolve(),
    }
    teacher = arguments.teacher.resolve()
    (arguments.work / "data").mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.work)
    for name, table in catalogues.items():
        if not Path("data", name).exists():
            _posterplot("prepare", table, "--out", f"data/{name}")
    if not Path("data/teacher.parquet").exists():
        script = str(ROOT / "benchmarks/teacher.py")
        make = [sys.executable, script, "data/films", "--posters", "data/posters"]
        make += ["--overviews", "data/overviews"]
        make += ["--encoder", str(teacher), "--out", "data/teacher.parquet"]
        subprocess.run(make, check=True)
    for seed in arguments.seeds:
        poster, overview = f"runs/poster-lite2-{seed}", f"runs/overview-minilm-{seed}"
        _train("poster-lite2", poster, seed)
        _train("overview-minilm", overview, seed)
        _train_fusions("late", "joint", seed, poster, overview)
        if arguments.larger:
            overview, encoder = f"runs/overview-mpnet-{seed}", f"overview.encoder={teacher}"
            _train("overview-mpnet", overview, seed, encoder)
            _train_fusions("late-mpnet", "joint-mpnet", seed, poster, overview, encoder)
        for run, only in rows.values():
            out = _evaluation(run, seed, only)
            if not out.exists():
                shown = ["--only", only] if only else []
                data = ["--data", "data/films", "--split", "test", "--out", out]
                _posterplot("evaluate", f"runs/{run}-{seed}", *data, *shown)
    for line in (*_table(rows, arguments.seeds), "", *_gains(gains, arguments.seeds)):
        print(line)


def _train_fusions(
    late: str, joint: str, seed: int, poster: str, overview: str, *settings: str
) -> None:
    parts = f"poster={poster}", f"overview={overview}"
    _train("late-fusion", f"runs/{late}-{seed}", seed, *parts)
    starts = [f"init_from.{part}" for part in parts]
    _train(joint, f"runs/{joint}-{seed}", seed, *settings, *starts)


def _train(config: str, run: str, seed: int, *settings: str) -> None:
    if Path(run, "bundle").exists():
        return
    resume = ["--resume"] if Path(run, "checkpoints", "last.ckpt").exists() else []
    settings = (f"seed={seed}", *RECIPE.get(config, ()), *settings)
    sets = [part for setting in settings for part in ("--set", setting)]
    path = CONFIGS / f"{config}.toml"
    _posterplot("train", path, "--data", "data/films", "--out", run, *sets, *resume)


def _posterplot(*arguments: object) -> None:
    command = [sys.executable, "-c", "from posterplot.cli import main; main()"]
    done = subprocess.run([*command, *map(str, arguments)], check=False)
    if done.returncode > 1:  # 1: done, except for the films listed
        sys.exit(done.returncode)


def _evaluation(run: str, seed: int, only: str | None) -> Path:
    return Path("evaluations", f"{run}-{seed}{f'-{only}' if only else ''}.json")


def _table(rows: _Rows, seeds: list[int]) -> Iterator[str]:
    several = len(seeds) > 1
    title = f"mean of {len(seeds)} seeds ± their standard deviation" if several else "one seed"
    yield f"| test, {title} | " + " | ".join(METRICS) + " |"
    yield "|" + "---|" * (len(METRICS) + 1)
    for row, (run, only) in rows.items():
        values = np.array(
            [
                [read_evaluation(_evaluation(run, seed, only))[0].overall[m].value for m in METRICS]
                for seed in seeds
            ],
            float,
        )
        cells = [f"{mean:.3f}" for mean in values.mean(axis=0)]
        if several:
            spread = values.std(axis=0, ddof=1)
            cells = [f"{cell} ± {s:.3f}" for cell, s in zip(cells, spread, strict=True)]
        yield f"| {row} | " + " | ".join(cells) + " |"


def _gains(gains: _Gains, seeds: list[int]) -> Iterator[str]:
    yield "| mAP of | less that of | seed | difference | 95 % interval, paired |"
    yield "|---|---|---|---|---|"
    every = ROWS | LARGER
    for better, others in gains.items():
        for row in others:
            for seed in seeds:
                one = read_evaluation(_evaluation(every[better][0], seed, None))[1]
                other = read_evaluation(_evaluation(every[row][0], seed, None))[1]
                _, m = compare(one, other)
                figures = f"{m.value:+.3f} | {m.low:+.3f} to {m.high:+.3f}"
                yield f"| {better} | {row} | {seed} | {figures} |"


if __name__ == "__main__":
    main()

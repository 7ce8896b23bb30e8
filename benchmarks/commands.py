"""Every command that writes, on small inputs, run in processes that start at once.

A child is forked from a process that has imported everything, so a command takes a second, not ten.
The model is made by hand and reads overviews. chaos.py kills these commands, and limits.py takes
disk and memory away from them.
"""

import csv
import hashlib
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cleanlab.count  # noqa: F401  # once, so that every forked child has it
import onnxruntime  # noqa: F401
import pyarrow.parquet  # noqa: F401
import sklearn.linear_model  # noqa: F401

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.conftest import CNN, TFIDF, poster_bytes
from tests.tiny_bundle import overview, write_tiny_bundle

import posterplot.audit.output
import posterplot.dataset.prepare
import posterplot.explain.methods.choose
import posterplot.explain.render.folder
import posterplot.inference.hub_layout
import posterplot.inference.partial_predictions
import posterplot.library.outputs
import posterplot.library.tag
import posterplot.report.report
import posterplot.training.adapt.adapt
import posterplot.training.folds
import posterplot.training.package.recalibrate  # noqa: F401
from posterplot.cli import main as call

# the output of the last command
LOG = Path(tempfile.gettempdir()) / f"posterplot-commands-{os.getpid()}.log"
_GENRES = (("Action",), ("Drama",), ("Romance",), ("Action", "Drama"))
_SPLITS = ("train", "train", "validation", "test")


class Command(NamedTuple):
    """A command under test.

    Attributes:
        arguments: Command line, with ``{out}`` for the folder of outputs.
        outputs: Names in that folder when the command is done.
        resume: Whether the next call takes ``--resume``.
        empty: Name of an output folder that exists, empty, before the call.
        grows: Whether the output has its final name from the start, as a run has.
    """

    arguments: list[str]
    outputs: list[str]
    resume: bool = False
    empty: str = ""
    grows: bool = False


def build(work: Path) -> dict[str, Command]:
    """Make catalogues, datasets and a model, and return the commands that use them."""
    films = str(write_films(work / "films", 60, posters=30))
    few = str(write_films(work / "few", 6, posters=6))
    many = str(write_films(work / "many", 300, posters=0))
    (work / "cnn.toml").write_text(CNN)
    (work / "tfidf.toml").write_text(TFIDF)
    library = work / "library"
    for n in range(30):
        folder = library / f"Film {n} (1999)"
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.mkv").write_bytes(b"video")
        plot = overview(_GENRES[n % 4], n)
        nfo = f"<movie>\n  <title>Film {n}</title>\n  <plot>{plot}</plot>\n</movie>\n"
        (folder / "movie.nfo").write_text(nfo)
    dataset, large, model = (str(work / name) for name in ("dataset", "large", "model"))
    write_tiny_bundle(Path(model))
    network, linear = str(work / "cnn.toml"), str(work / "tfidf.toml")
    for table, out in ((films, dataset), (many, large)):
        if run(["prepare", table, "--out", out]) not in (0, 1):
            sys.exit(f"FAILED: prepare: {LOG.read_text()}")
    data = ["--data", dataset]

    def predict(suffix: str) -> Command:
        name = f"genres.{suffix}"
        words = ["predict", films, "--model", model, "--out", f"{{out}}/{name}"]
        return Command(words, [name], resume=True)

    prepare = ["prepare", films, "--out", "{out}/dataset"]
    train = ["train", network, *data, "--out", "{out}/run"]
    folds = ["train", linear, *data, "--folds", "2", "--out", "{out}/folds"]
    explain = ["explain", few, "--model", model, "--out", "{out}/why"]
    audit = ["audit", films, "--model", model, "--out", "{out}/audit.csv"]
    tag = ["tag", str(library), "--model", model, "--out", "{out}/plan.csv"]
    tag += ["--kometa", "{out}/genres.yml"]
    return {
        "prepare": Command(prepare, ["dataset"]),
        "prepare into an empty folder": Command(prepare, ["dataset"], empty="dataset"),
        "predict to jsonl": predict("jsonl"),
        "predict to csv": predict("csv"),
        "predict to parquet": predict("parquet"),
        "train": Command(train, ["run"], resume=True, grows=True),
        "train --folds": Command(folds, ["folds"], resume=True, grows=True),
        "evaluate": Command(
            ["evaluate", model, *data, "--out", "{out}/evaluation.json"],
            ["evaluation.json", "evaluation.parquet"],
        ),
        "compare": Command(
            ["compare", model, model, *data, "--out", "{out}/comparison.json"],
            ["comparison.json"],
        ),
        "explain": Command(explain, ["why"]),
        "report": Command(["report", model, *data, "--out", "{out}/report.html"], ["report.html"]),
        "audit": Command(audit, ["audit.csv", "audit.html"]),
        "adapt": Command(["adapt", films, "--model", model, "--out", "{out}/adapted"], ["adapted"]),
        "calibrate": Command(
            ["calibrate", model, "--data", large, "--out", "{out}/calibrated"], ["calibrated"]
        ),
        "export": Command(["export", model, "--hub-layout", "{out}/hub"], ["hub"]),
        "tag: plan and Kometa file": Command(tag, ["plan.csv", "genres.yml"]),
    }


def write_films(folder: Path, films: int, *, posters: int) -> Path:
    """Write a catalogue; the first films have a poster."""
    (folder / "posters").mkdir(parents=True)
    with (folder / "films.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "year", "overview", "genres", "poster", "split"])
        for n in range(films):
            genres, poster = _GENRES[n % 4], f"posters/{n}.jpg" if n < posters else ""
            if poster:
                (folder / poster).write_bytes(poster_bytes(genres, n))
            row = (f"f{n}", f"Film {n}", 1960 + n % 60, overview(genres, n))
            writer.writerow([*row, "|".join(genres), poster, _SPLITS[n // 4 % 4]])
    return folder / "films.csv"


def fresh(out: Path, command: Command) -> None:
    """Empty the folder of outputs."""
    for path in out.iterdir() if out.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    (out / command.empty).mkdir(parents=True, exist_ok=True)


def filled(command: Command, out: Path) -> list[str]:
    """Return the arguments of the next call: ``--resume`` only if there is what it continues."""
    arguments = [argument.replace("{out}", str(out)) for argument in command.arguments]
    started = not command.grows or any(out.rglob("config.toml"))
    return [*arguments, *(["--resume"] if command.resume and started else [])]


def contents(folder: Path) -> dict[str, object]:
    """Return name -> content of every file; of a checkpoint, the digest of its weights."""
    files: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "timing.json":
            name = str(path.relative_to(folder))
            files[name] = digest(path) if path.suffix == ".ckpt" else path.read_bytes()
    return files


def digest(checkpoint: Path) -> str | None:
    """Return the SHA-256 of the weights and the history in a checkpoint; None if it is damaged."""
    import torch  # of the commands that train alone

    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception:  # the exception of torch depends on the damage
        return None
    total = hashlib.sha256(repr((state["epoch"], state["history"])).encode())
    for name, tensor in state["state_dict"].items():
        total.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return total.hexdigest()


def start(
    arguments: Sequence[str], log: Path = LOG, prepare: Callable[[], None] = lambda: None
) -> int:
    """Start a command in a new process; return its id.

    Args:
        arguments: Arguments of the command line.
        log: File that receives the output of the command.
        prepare: Function that the new process calls first.
    """
    child = os.fork()
    if child:
        return child
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    try:
        prepare()
        call(list(arguments))
    except SystemExit as stopped:
        os._exit(stopped.code if isinstance(stopped.code, int) else 1)
    except BaseException:  # what must not happen; the child must not go on as the benchmark either
        traceback.print_exc()
    os._exit(3)


def run(arguments: Sequence[str], prepare: Callable[[], None] = lambda: None) -> int:
    """Run a command; return its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(start(arguments, LOG, prepare), 0)
    return os.waitstatus_to_exitcode(status)

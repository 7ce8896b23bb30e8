"""Every command that writes, on small inputs, run in processes that start at once.

A child is forked from a process that has imported everything, so a command takes a second, not ten.
chaos.py kills these commands, and limits.py takes disk and memory away from them.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cleanlab.count  # noqa: F401  # once, so that every forked child has it
import lightning.pytorch  # noqa: F401
import onnx  # noqa: F401
import onnxruntime  # noqa: F401
import pyarrow.parquet  # noqa: F401
import sklearn.linear_model  # noqa: F401
import torch

from posterplot.cli import main as posterplot
from posterplot.demo.make_catalogue import write_catalogue

# the output of the last command
LOG = Path(tempfile.gettempdir()) / f"posterplot-commands-{os.getpid()}.log"
_CNN = """
kind = "network"
name = "tiny-cnn"
[poster]
height = 24
width = 16
channels = [4, 6]
[fit]
epochs = 3
batch_size = 16
accelerator = "cpu"
"""
_TFIDF = """
kind = "tfidf"
name = "tiny-tfidf"
min_films = 1
"""


class Command(NamedTuple):
    """A command under test.

    Attributes:
        arguments: with ``{out}`` for the folder of outputs.
        outputs: names in that folder when it is done.
        resume: whether the next call takes ``--resume``.
        empty: an output folder that exists, empty, before the call.
        grows: whether the output has its name from the start, as a run has.
    """

    arguments: list[str]
    outputs: list[str]
    resume: bool = False
    empty: str = ""
    grows: bool = False


def build(work: Path) -> dict[str, Command]:
    """Make catalogues, datasets and a model, and return the commands that use them."""
    torch.set_num_threads(1)
    films = str(write_catalogue(work / "catalogue", films=80))
    few = str(write_catalogue(work / "few", films=6))
    many = str(write_catalogue(work / "many", films=300))
    (work / "cnn.toml").write_text(_CNN)
    (work / "tfidf.toml").write_text(_TFIDF)
    library = work / "library"
    for n in range(12):
        folder = library / f"Film {n} (1999)"
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.mkv").write_bytes(b"video")
        (folder / "poster.jpg").write_bytes(
            sorted((work / "catalogue" / "posters").iterdir())[n].read_bytes()
        )
        nfo = f"<movie>\n  <title>Film {n}</title>\n  <plot>A gun.</plot>\n</movie>\n"
        (folder / "movie.nfo").write_text(nfo)
    dataset, large, model = (str(work / name) for name in ("dataset", "large", "run"))
    network, linear = str(work / "cnn.toml"), str(work / "tfidf.toml")
    for call in (
        ["prepare", films, "--out", dataset],
        ["prepare", many, "--out", large],
        ["train", network, "--data", dataset, "--out", model],
    ):
        if run(call) not in (0, 1):
            sys.exit(f"FAILED: {call[0]}: {LOG.read_text()}")
    data = ["--data", dataset]

    def predict(suffix: str) -> Command:
        name = f"genres.{suffix}"
        call = ["predict", films, "--model", model, "--out", f"{{out}}/{name}"]
        return Command(call, [name], resume=True)

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
    begun = not command.grows or any(out.rglob("config.toml"))
    return [*arguments, *(["--resume"] if command.resume and begun else [])]


def contents(folder: Path) -> dict[str, object]:
    """Return name -> content of every file; of a checkpoint, the digest of its weights."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "timing.json":
            name = str(path.relative_to(folder))
            found[name] = digest(path) if path.suffix == ".ckpt" else path.read_bytes()
    return found


def digest(checkpoint: Path) -> str | None:
    """Return the SHA-256 of the weights and the history in a checkpoint; None if it is damaged."""
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
        arguments: of the command line.
        log: gets what it prints.
        prepare: called in the new process first.
    """
    child = os.fork()
    if child:
        return child
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    try:
        prepare()
        posterplot(list(arguments))
    except SystemExit as stopped:
        os._exit(stopped.code if isinstance(stopped.code, int) else 1)
    os._exit(3)


def run(arguments: Sequence[str], prepare: Callable[[], None] = lambda: None) -> int:
    """Run a command; return its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(start(arguments, LOG, prepare), 0)
    return os.waitstatus_to_exitcode(status)

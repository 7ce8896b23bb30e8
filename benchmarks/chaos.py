"""Kill every command at random moments, and complete its work with the next call.

Needs Linux and the extra ``train``::

    python benchmarks/chaos.py --kills 50

Half of the kills are SIGKILL, half SIGTERM. After each, no file with a final name may be
incomplete. The same call again (``predict`` and ``train`` with ``--resume``) must then give exactly
the files of an uninterrupted call, and leave no others. For ``tag`` see kill.py.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import lightning.pytorch  # noqa: F401  # once, so that every forked child has it
import onnxruntime  # noqa: F401
import pyarrow.parquet  # noqa: F401
import torch

from posterplot.cli import main as posterplot
from posterplot.demo.make_catalogue import write_catalogue

FILMS = 80
LOG = Path(tempfile.gettempdir()) / f"posterplot-chaos-{os.getpid()}.log"  # of the last command
CNN = """
kind = "network"
name = "tiny-cnn"
[poster]
height = 24
width = 16
channels = [4, 6]
[fit]
epochs = 4
batch_size = 8
accelerator = "cpu"
"""


class Command(NamedTuple):
    """A command under test.

    Attributes:
        arguments: with ``{out}`` for the folder of outputs.
        outputs: names in that folder when it is done.
        resume: whether the next call takes ``--resume``.
        empty: an output folder that exists, empty, before the call.
    """

    arguments: list[str]
    outputs: list[str]
    resume: bool = False
    empty: str = ""


def main() -> None:
    """Kill, check, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="names of commands")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(arguments.seed)  # noqa: S311
    work = Path(tempfile.mkdtemp(prefix="posterplot-chaos-"))
    commands = build(work)
    print("| command | kills | before | amid | after | wrong |")
    print("|---|---|---|---|---|---|")
    wrong = 0
    for name, command in commands.items():
        if not arguments.only or name in arguments.only:
            wrong += torment(name, command, work, rng, arguments.kills)
    shutil.rmtree(work)
    LOG.unlink()
    sys.exit(wrong > 0)


def build(work: Path) -> dict[str, Command]:
    """Make a catalogue, a dataset and a model, and return the commands that use them."""
    table = write_catalogue(work / "catalogue", films=FILMS)
    (work / "cnn.toml").write_text(CNN)
    dataset, run_folder = work / "dataset", work / "run"
    for call in (
        ["prepare", str(table), "--out", str(dataset)],
        ["train", str(work / "cnn.toml"), "--data", str(dataset), "--out", str(run_folder)],
    ):
        check(run(call) in (0, 1), f"{call[0]} fails")
    model, data = ["--model", str(run_folder)], ["--data", str(dataset)]
    films = str(table)
    commands = {
        "prepare": Command(["prepare", films, "--out", "{out}/dataset"], ["dataset"]),
        "prepare into an empty folder": Command(
            ["prepare", films, "--out", "{out}/dataset"], ["dataset"], empty="dataset"
        ),
    }
    for suffix in ("jsonl", "csv", "parquet"):
        name = f"genres.{suffix}"
        call = ["predict", films, *model, "--out", f"{{out}}/{name}"]
        commands[f"predict to {suffix}"] = Command(call, [name], resume=True)
    return commands | {
        "train": Command(
            ["train", str(work / "cnn.toml"), *data, "--out", "{out}/run"], ["run"], resume=True
        ),
        "evaluate": Command(
            ["evaluate", str(run_folder), *data, "--out", "{out}/evaluation.json"],
            ["evaluation.json", "evaluation.parquet"],
        ),
        "explain": Command(["explain", films, *model, "--out", "{out}/why"], ["why"]),
        "report": Command(
            ["report", str(run_folder), *data, "--out", "{out}/report.html"], ["report.html"]
        ),
    }


def torment(name: str, command: Command, work: Path, rng: random.Random, kills: int) -> int:
    """Kill a command repeatedly, print its row, and return the number of faults."""
    out = work / "out"  # always the same, because some outputs hold their own path
    fresh(out, command)
    begun = time.perf_counter()
    check(run(filled(command, out)) in (0, 1), f"{name} fails")
    seconds = time.perf_counter() - begun
    expected = contents(out)
    phases: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    for n in range(kills):
        fresh(out, command)
        child = start(filled(command, out))
        time.sleep(rng.uniform(0, seconds))
        os.kill(child, (signal.SIGKILL, signal.SIGTERM)[n % 2])
        os.waitpid(child, 0)
        left = contents(out)
        phases["before" if not left else "after" if left == expected else "amid"] += 1
        problems.update(half_written(command, left, expected, out))
        again = command.resume and (out / command.outputs[0] / "config.toml").exists()
        again = again or (command.resume and command.outputs != ["run"])
        code = run([*filled(command, out), *(["--resume"] if again else [])])
        if code not in (0, 1) and not (code == 2 and left.items() >= expected.items()):
            problems[f"the next call ends with {code}"] += 1
        now = contents(out)
        if now != expected:
            names = sorted(k for k in {*now, *expected} if now.get(k) != expected.get(k))
            problems[f"the next call gives other files: {', '.join(names[:5])}"] += 1
    for problem, count in problems.items():
        print(f"{name}: {count} × {problem}", file=sys.stderr, flush=True)
    row = (kills, phases["before"], phases["amid"], phases["after"], sum(problems.values()))
    print(f"| {name} | {' | '.join(map(str, row))} |", flush=True)
    return sum(problems.values())


def half_written(
    command: Command, left: dict[str, object], expected: dict[str, object], out: Path
) -> list[str]:
    """Return incomplete files with a final name, just after a kill."""
    if command.outputs == [
        "run"
    ]:  # a run has its final name from the start; its files must be complete
        return [f"{path.name} is damaged" for path in out.rglob("*.ckpt") if digest(path) is None]
    found = []
    for output in command.outputs:
        there = {k: v for k, v in left.items() if k.split("/")[0] == output}
        whole = {k: v for k, v in expected.items() if k.split("/")[0] == output}
        if there and there != whole and output != command.empty:
            found.append(f"{output} is half-written")
    return found


def fresh(out: Path, command: Command) -> None:
    """Empty the folder of outputs."""
    shutil.rmtree(out, ignore_errors=True)
    (out / command.empty).mkdir(parents=True)


def filled(command: Command, out: Path) -> list[str]:
    """Return the arguments of a command with the path of the output folder."""
    return [argument.replace("{out}", str(out)) for argument in command.arguments]


def contents(folder: Path) -> dict[str, object]:
    """Return name -> content of every file; of a checkpoint, its weights."""
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


def start(arguments: list[str]) -> int:
    """Start a command in a new process; return its id."""
    child = os.fork()
    if child:
        return child
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        posterplot(arguments)
    except SystemExit as stopped:
        os._exit(stopped.code if isinstance(stopped.code, int) else 1)
    os._exit(3)


def run(arguments: list[str]) -> int:
    """Run a command; return its exit code."""
    _, status = os.waitpid(start(arguments), 0)
    return os.waitstatus_to_exitcode(status)


def check(right: bool, what: str) -> None:
    """Exit with a message unless a condition holds."""
    if not right:
        sys.exit(f"FAILED: {what}: {LOG.read_text()}")


if __name__ == "__main__":
    main()

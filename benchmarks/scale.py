"""Measure ``predict --engine ray``: killed at random moments, its memory, and its throughput.

Needs Linux and the extra ``ray``. Run from the repository's root::

    python benchmarks/scale.py kills MODEL [--kills 30]
    python benchmarks/scale.py memory MODEL [--films 6000 100000]
    python benchmarks/scale.py throughput MODEL [--films 2048]

``kills``: half of the kills hit the driver, half a worker, at moments drawn from the length of a
call. The same call again must then give exactly the rows of the plain engine, and leave nothing.

``memory``: the proportional set size of the driver and all processes that it started, sampled every
second. Films have overviews of numbers and genres, so a fast MODEL measures the engine.

``throughput``: films a second from the 65th film to the last, both engines in turn, with files of
32 films, so that two workers end together. Starting up is over by then.
"""

import argparse
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from posterplot.catalogue import open_catalogue
from posterplot.demo.make_catalogue import write_catalogue
from posterplot.inference.bundle import load_bundle
from posterplot.inference.prediction_files import prediction_rows
from posterplot.inference.predictor import Predictor
from posterplot.scale.cluster import session_folder
from posterplot.scale.predict import predict_to_folder

PREDICT = [sys.executable, "-m", "posterplot", "predict"]
DRAWN = 60  # films with posters, which are repeated
_SMALL = 32  # films of a file


class Used(NamedTuple):
    """Time and memory of a call.

    Attributes:
        seconds: Seconds from its start to its end.
        processor: Processor seconds of all its processes.
        memory: Peak memory of all its processes in bytes.
    """

    seconds: float
    processor: float
    memory: int


def main() -> None:
    """Measure, and print a table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["kills", "memory", "throughput", "rate"])
    parser.add_argument("model", type=Path)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--films", type=int, nargs="+")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=["threads", "ray"], help="measure memory of one engine")
    parser.add_argument("--table", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.what == "rate":
        rate(arguments.engine, arguments.table, arguments.model)
        return
    with tempfile.TemporaryDirectory(prefix="posterplot-scale-") as name:
        work = Path(name)
        if arguments.what == "kills":
            kills(work, arguments.model, arguments.kills, random.Random(arguments.seed))  # noqa: S311
        elif arguments.what == "memory":
            engines = [arguments.engine] if arguments.engine else ["threads", "ray"]
            memory(work, arguments.model, arguments.films or [6000, 100_000], engines)
        else:
            throughput(work, arguments.model, (arguments.films or [2048])[0], arguments.rounds)


def kills(work: Path, model: Path, number: int, chance: random.Random) -> None:
    """Kill drivers and workers, and call again."""
    table, out = repeated(work / "films", 1100), work / "out"
    plain = work / "plain.parquet"
    run([*PREDICT, str(table), "--model", str(model), "--out", str(plain)])
    expected = pq.read_table(plain)
    call = [*PREDICT, str(table), "--model", str(model), "--engine", "ray", "--out", str(out)]
    start = time.perf_counter()
    run(call)
    seconds = time.perf_counter() - start
    print(f"an undisturbed call: {seconds:.0f} s", flush=True)
    amid = wrong = 0
    for n in range(number):
        shutil.rmtree(out)
        driver = subprocess.Popen(call, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, seconds))
        targets = [driver.pid] if n % 2 == 0 else workers(driver.pid)
        for target in targets[:1]:
            try:
                os.kill(target, signal.SIGKILL)
            except ProcessLookupError:
                targets = []
        code = driver.wait()
        left = len(list(out.glob("films-*.parquet")))
        amid += bool(targets) and left < 5
        if code not in (0, 1):
            code = subprocess.run(call, stderr=subprocess.DEVNULL, check=False).returncode
        problems = after(out, expected, code)
        wrong += bool(problems)
        name = "driver" if n % 2 == 0 else "worker"
        outcome = problems or "right"
        print(f"{n}: {name}, {left} of 5 files were written: {outcome}", flush=True)
    print("| kills | amid | wrong |\n|---|---|---|")
    print(f"| {number} | {amid} | {wrong} |")


def after(out: Path, expected: object, code: int) -> list[str]:
    """Return what is wrong after a call that ended."""
    problems = [] if code in (0, 1) else [f"exit code {code}"]
    if not out.exists() or not pq.read_table(out).equals(expected):
        problems.append("other rows")
    names = {path.name for path in out.iterdir()} if out.exists() else set()
    if len(names) != 6 or {path.name for path in out.parent.glob("*out*")} != {"out"}:
        problems.append("leftovers beside the files")
    session = session_folder(out)
    if session.exists():
        problems.append("the folder of the cluster")
    for _ in range(100):  # Ray's own reaper takes a moment
        if not named(session):
            break
        time.sleep(0.1)
    else:
        problems.append("processes")
    return problems


def memory(work: Path, model: Path, sizes: list[int], engines: list[str]) -> None:
    """Measure the memory of engines for several numbers of films."""
    print("| engine | films | seconds | ms of processor a film | peak memory |")
    print("|---|---|---|---|---|")
    for films in sizes:
        table = overviews(work / f"{films}.csv", films, load_bundle(model).manifest.genres)
        for engine in engines:
            out = work / (f"{films}" if engine == "ray" else f"{films}.parquet")
            used = measure(call_of(engine, table, model, out))
            each = 1000 * used.processor / films
            print(
                f"| {engine} | {films:,} | {used.seconds:.0f} | {each:.2f} |"
                f" {used.memory / 1e6:.0f} MB |",
                flush=True,
            )


def throughput(work: Path, model: Path, films: int, rounds: int) -> None:
    """Measure both engines in turn."""
    table = repeated(work / "films", films)
    print("| engine | films/s, start-up aside | seconds |")
    print("|---|---|---|")
    for engine in ("threads", "ray") * rounds:
        call = [sys.executable, __file__, "rate", str(model), "--engine", engine]
        start = time.perf_counter()
        done = subprocess.run(
            [*call, "--table", str(table)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - start
        print(f"| {engine} | {float(done.stdout):.2f} | {seconds:.1f} |", flush=True)


def rate(engine: str, table: Path, model: Path) -> None:
    """Predict a catalogue with an engine, and print films a second from the 65th on."""
    catalogue, bundle = open_catalogue(table), load_bundle(model)
    out = table.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    moments: list[float] = []

    def finished(_: object) -> None:
        moments.append(time.perf_counter())

    if engine == "ray":
        predict_to_folder(catalogue, bundle, out, finished, total=catalogue.count(), films=_SMALL)
    else:
        for row in prediction_rows(Predictor(bundle).predict(catalogue.films(splits=False))):
            finished(row)
    first = 2 * _SMALL
    print((len(moments) - first) / (moments[-1] - moments[first - 1]))


def call_of(engine: str, table: Path, model: Path, out: Path) -> list[str]:
    """Return the command of an engine."""
    return [*PREDICT, str(table), "--model", str(model), "--engine", engine, "--out", str(out)]


def measure(call: list[str]) -> Used:
    """Run a call and watch its processes."""
    start = time.perf_counter()
    peak = sampled = 0
    spent: dict[int, float] = {}
    driver = subprocess.Popen(call, stderr=subprocess.DEVNULL)
    while driver.poll() is None:
        time.sleep(0.1)
        now = time.perf_counter() - start
        if now >= sampled:
            sampled += 1
            total = 0
            for pid in descendants(driver.pid):
                size, seconds = state(pid)
                total += size
                spent[pid] = max(spent.get(pid, 0.0), seconds)
            peak = max(peak, total)
    if driver.returncode not in (0, 1):
        sys.exit(f"exit code {driver.returncode}")
    return Used(time.perf_counter() - start, sum(spent.values()), peak)


def state(pid: int) -> tuple[int, float]:
    """Return the proportional set size of a process in bytes, and its processor time."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0.0
    size = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    ticks = os.sysconf("SC_CLK_TCK")
    return size * 1024, (int(fields[11]) + int(fields[12])) / ticks


def descendants(root: int) -> Iterator[int]:
    """Yield a process and all that it started."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, ())


def workers(driver: int) -> list[int]:
    """Return the processes that predict."""
    found = []
    for pid in descendants(driver):
        try:
            if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::MapWorker"):
                found.append(pid)
        except OSError:
            continue
    return found


def named(folder: Path) -> list[int]:
    """Return the processes whose command lines name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def repeated(folder: Path, films: int) -> Path:
    """Write a catalogue of drawn films with posters, repeated under other ids."""
    table = write_catalogue(folder, films=DRAWN)
    with table.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        rows, columns = list(reader), reader.fieldnames or []
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        for n in range(films):
            writer.writerow({**rows[n % len(rows)], "id": f"film-{n}"})
    return table


def overviews(path: Path, films: int, genres: tuple[str, ...]) -> Path:
    """Write a table of films with overviews."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "overview"])
        for n in range(films):
            about = f"A {genres[n % len(genres)]} of {n} nights and {n % 97} days with friends."
            writer.writerow([n, f"Film {n}", about])
    return path


def run(call: list[str]) -> None:
    """Run a call that must succeed."""
    code = subprocess.run(call, stderr=subprocess.DEVNULL, check=False).returncode
    if code not in (0, 1):
        sys.exit(f"exit code {code}: {' '.join(call)}")


if __name__ == "__main__":
    main()

"""Compare time and memory of ``tag --write`` with ``predict`` on the same films.

Films of a catalogue are repeated, as a table and as a library with an NFO for each; the commands
alternate several times::

    python benchmarks/tag.py CATALOGUE --films 10000

Both must predict the same genres for every film. Between runs ``--undo`` restores the library.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from xml.sax.saxutils import escape

from posterplot.catalogue import read_catalogue
from posterplot.films import Film


def main() -> None:
    """Write table and library, run both commands alternately, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--films", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="posterplot-tag-"))
    os.environ["XDG_STATE_HOME"] = str(work / "state")
    known = [film for film in read_catalogue(arguments.catalogue) if isinstance(film, Film)]
    build(work, list(islice(cycle(known), arguments.films)))
    seconds: dict[str, list[float]] = {"predict": [], "tag": [], "undo": []}
    cpu: dict[str, list[float]] = {name: [] for name in seconds}
    memory: dict[str, float] = {}
    for n in range(arguments.runs):
        table, plan = work / f"{n}.predictions.jsonl", work / f"{n}.plan.jsonl"
        library = str(work / "films")
        commands = {
            "predict": ["predict", str(work / "films.csv"), "--out", str(table)],
            "tag": ["tag", library, "--write", "--out", str(plan)],
            "undo": ["tag", library, "--undo"],
        }
        for name, command in commands.items():
            took, busy, peak = run(command)
            seconds[name].append(took)
            cpu[name].append(busy)
            memory[name] = max(memory.get(name, 0), peak)
            print(f"{name}: {took:.1f} s, {busy:.1f} s of CPU time, {peak:.0f} MB", flush=True)
        compare(table, plan)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        rate = arguments.films / median
        print(f"{name}: {median:.1f} s, {rate:.0f} films/s, at most {memory[name]:.0f} MB")
    busy_medians = {name: statistics.median(times) for name, times in cpu.items()}
    ratio = busy_medians["tag"] / busy_medians["predict"]
    print(f"tag takes {medians['tag'] / medians['predict']:.3f} times what predict takes,")
    print(f"and {ratio:.3f} times the time of cores")
    shutil.rmtree(work)


def build(work: Path, films: list[Film]) -> None:
    """Write a table and a library of the same films."""
    with (work / "films.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "year", "overview", "poster"])
        for n, film in enumerate(films):
            folder = work / "films" / f"{n:06}"
            folder.mkdir(parents=True)
            (folder / f"{n:06}.mkv").touch()
            poster = ""
            if isinstance(film.poster, Path):
                poster = str(folder / f"poster{film.poster.suffix}")
                shutil.copy(film.poster, poster)
            overview = " ".join((film.overview or "").split())
            title = " ".join(film.title.split())
            writer.writerow([n, title, film.year or "", overview, poster])
            (folder / "movie.nfo").write_text(
                '<?xml version="1.0" encoding="UTF-8"?>\n<movie>\n'
                f"  <title>{escape(title)}</title>\n  <year>{film.year or ''}</year>\n"
                f"  <plot>{escape(overview)}</plot>\n</movie>\n",
                encoding="utf-8",
            )


def run(arguments: list[str]) -> tuple[float, float, float]:
    """Run a command; return its wall-clock and processor seconds, and its peak memory in MB."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "posterplot", *arguments]
    silent = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_WRONLY, 0) for n in (1, 2)]
    child = os.posix_spawn(sys.executable, command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{arguments[0]} ends with {status}")
    busy = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - start, busy, usage.ru_maxrss / 1000


def compare(table: Path, plan: Path) -> None:
    """Exit with a message if the two commands differ for a film."""
    with table.open() as predictions, plan.open() as decisions:
        for left, right in zip(predictions, decisions, strict=True):
            predicted, decided = json.loads(left), json.loads(right)
            if predicted.get("probabilities", {}) != decided["probabilities"]:
                sys.exit(f"FAILED: {predicted['id']} is not {decided['path']}")


if __name__ == "__main__":
    main()

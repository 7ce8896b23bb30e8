"""Compare start, memory and speed of ``predict`` with those of another checkout, by turns.

Run from the repository's root, with a checkout of the commit to compare with::

    git worktree add --detach ../before COMMIT
    python benchmarks/against.py ../before CATALOGUE

Every row is the median of ``--runs`` processes a checkout, with the range in brackets. Every
process predicts with the model in its own package.
"""

import argparse
import csv
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from posterplot.catalogue import read_catalogue
from posterplot.films import Film

PLAIN = "A detective and her partner hunt the man who has murdered their friends in the harbour."
SHORT = "A cook inherits a ship and sails to Lisbon."
SOURCE = Path(__file__).parents[1] / "src"


class Cost(NamedTuple):
    """What a process took."""

    seconds: float
    cpu: float
    megabytes: float


def main() -> None:
    """Run all commands by turns, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="root of the other checkout")
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--films", type=int, default=300, help="validation films in a table")
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    read = read_catalogue(arguments.catalogue)
    films = [film for film in read if isinstance(film, Film) and film.split == "validation"]
    print("| | before | now | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "films.csv"
        write(table, films[: arguments.films])
        poster = next(str(film.poster) for film in films if isinstance(film.poster, Path))
        commands = {
            "one film": ["--overview", PLAIN],
            "one film, not plainly English": ["--overview", SHORT],
            "one film with a poster": ["--overview", PLAIN, "--poster", poster],
        }
        if arguments.films:
            commands[f"{arguments.films} films"] = [str(table)]
        predict = [sys.executable, "-m", "posterplot", "predict"]
        for name, inputs in commands.items():
            before, now = by_turns([*predict, *inputs], arguments.other / "src", arguments.runs)
            for field, unit in (("seconds", "s"), ("cpu", "s of CPU time"), ("megabytes", "MB")):
                a, b = ([getattr(cost, field) for cost in costs] for costs in (before, now))
                ratio = statistics.median(b) / statistics.median(a)
                print(f"| {name}, {unit} | {spread(a)} | {spread(b)} | {ratio:.3f} |", flush=True)


def write(table: Path, films: Sequence[Film]) -> None:
    """Write films as a table, with copies of their posters beside it."""
    posters = table.parent / "posters"
    posters.mkdir()
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "overview", "poster"])
        for n, film in enumerate(films):
            poster = ""
            if isinstance(film.poster, Path):
                poster = f"posters/{n}{film.poster.suffix}"
                shutil.copyfile(film.poster, table.parent / poster)
            writer.writerow([film.id, film.title, film.overview, poster])


def by_turns(command: Sequence[str], other: Path, runs: int) -> tuple[list[Cost], list[Cost]]:
    """Run a command with both sources, alternating, after one run of each that is not counted."""
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for turn in range(runs + 1):
        for source, source_costs in zip((other, SOURCE), costs, strict=True):
            cost = call(command, source)
            if turn:
                source_costs.append(cost)
    return costs


def call(command: Sequence[str], source: Path) -> Cost:
    """Run a command with a source tree before all others on the path."""
    path = os.pathsep.join([str(source), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    began = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    environment = {**os.environ, "PYTHONPATH": path}
    child = os.posix_spawn(command[0], list(command), environment, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    if (code := os.waitstatus_to_exitcode(status)) > 1:  # 1: some films could not be predicted
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def spread(values: Sequence[float]) -> str:
    """Return the median of values, and their range in brackets."""
    digits = 0 if min(values) > 50 else 2
    median = statistics.median(values)
    return f"{median:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


if __name__ == "__main__":
    main()

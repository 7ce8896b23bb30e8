"""Kill ``tag --write`` and ``tag --undo`` at random moments, and check that nothing is lost.

Needs Linux::

    python benchmarks/kill.py --writes 200 --undos 100

After each kill every NFO must be complete, old or new. The same call again must complete the work
and leave no temporary file, and ``--undo`` must restore every byte.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from posterplot.cli import main as posterplot

FILMS = 70  # more than one batch
PLOTS = (
    "A gang of thieves plans a murder while the detective hunts them through the city.",
    "Two strangers fall in love at a wedding and lose each other in the spring.",
    "A crew of astronauts finds an alien ship near a dying star.",
)

MODEL: list[str] = []
Files = dict[str, bytes]


def main() -> None:
    """Kill, check, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=200)
    parser.add_argument("--undos", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", help="a small model, so that more of the time is spent on files")
    arguments = parser.parse_args()
    if arguments.model:
        MODEL.extend(["--model", arguments.model])
    rng = random.Random(arguments.seed)  # noqa: S311
    work = Path(tempfile.mkdtemp(prefix="posterplot-kill-"))
    os.environ["XDG_STATE_HOME"] = str(work / "state")
    library = work / "films"
    build(library)
    old = files(library)
    keep(work, "fresh")
    seconds = run(library, "--write")
    new = files(library)
    changed = sum(old[path] != new[path] for path in old)
    keep(work, "written")
    print(f"{FILMS} films, {len(old)} files, {changed} of them changed, in {seconds:.1f} s")
    counts = {"write": [0, 0, 0], "undo": [0, 0, 0]}  # killed before, during and after the writing
    for n in range(arguments.writes):
        restore(work, "fresh")
        kill(library, "--write", rng, seconds, focus=n % 2 == 0)
        counts["write"][phase(library, old, new)] += 1
        say(counts)
        run(library, "--write")
        check(files(library) == new, "the same call does not finish the job")
        run(library, "--undo")
        check(files(library) == old, "undo does not restore every file")
    restore(work, "written")
    seconds = run(library, "--undo")
    for n in range(arguments.undos):
        restore(work, "written")
        kill(library, "--undo", rng, seconds, focus=n % 2 == 0)
        counts["undo"][phase(library, new, old)] += 1
        say(counts)
        run(library, "--undo", expect=(0, 2))  # 2: nothing to undo
        check(files(library) == old, "undo does not finish the job")
    for verb, (before, amid, after) in counts.items():
        print(
            f"--{verb}: killed {before + amid + after} times: {amid} amid the work, "
            f"{before} before it and {after} after it; nothing lost"
        )
    shutil.rmtree(work)


def say(counts: dict[str, list[int]]) -> None:
    """Print the progress."""
    print(f"\r{counts}", end="", file=sys.stderr, flush=True)


def build(library: Path) -> None:
    """Write a library in which every third film has two NFO files."""
    for n in range(FILMS):
        folder = library / f"Film {n} (1999)"
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.mkv").write_bytes(b"video")
        plot = PLOTS[n % len(PLOTS)]
        nfo = f"<movie>\n  <title>Film {n}</title>\n  <plot>{plot}</plot>\n</movie>\n".encode()
        (folder / "movie.nfo").write_bytes(nfo)
        if n % 3 == 0:
            (folder / f"{folder.name}.nfo").write_bytes(nfo)


def files(library: Path) -> Files:
    """Return every file of the library."""
    paths = (path for path in library.rglob("*") if path.is_file())
    return {str(path.relative_to(library)): path.read_bytes() for path in paths}


def keep(work: Path, name: str) -> None:
    """Save a copy of the library and the journal."""
    for part in ("films", "state"):
        if (work / part).exists():
            shutil.copytree(work / part, work / name / part)


def restore(work: Path, name: str) -> None:
    """Restore the saved copy of the library and the journal."""
    for part in ("films", "state"):
        shutil.rmtree(work / part, ignore_errors=True)
        if (work / name / part).exists():
            shutil.copytree(work / name / part, work / part)


def start(library: Path, option: str) -> int:
    """Start the command in a new process; return its id."""
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        posterplot(["tag", str(library), option, *MODEL])
    except SystemExit as stopped:
        os._exit(stopped.code if isinstance(stopped.code, int) else 1)
    os._exit(3)


def run(library: Path, option: str, expect: tuple[int, ...] = (0,)) -> float:
    """Run the command; return its seconds."""
    started = time.perf_counter()
    _, status = os.waitpid(start(library, option), 0)
    check(os.waitstatus_to_exitcode(status) in expect, f"{option} ends with {status}")
    return time.perf_counter() - started


def kill(library: Path, option: str, rng: random.Random, seconds: float, *, focus: bool) -> None:
    """Start the command, and kill it at a random moment; with ``focus``, during the writing."""
    before = stamps(library)
    child = start(library, option)
    wait = rng.uniform(0, seconds)
    if focus:
        while stamps(library) == before and not ended(child):
            pass
        wait = rng.uniform(0, min(seconds, 0.1))
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def stamps(library: Path) -> list[int]:
    """Return the modification times of the folders, which change when a file is written."""
    return [path.stat().st_mtime_ns for path in library.iterdir()]


def ended(child: int) -> bool:
    """Return whether a process has ended, without reaping it."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def phase(library: Path, before: Files, after: Files) -> int:
    """Check that files are complete; return whether none (0), some (1) or all (2) were written."""
    now = files(library)
    for path in before:
        check(now.get(path) in (before[path], after[path]), f"{path} is neither old nor new")
    done = [path for path in before if before[path] != after[path] and now[path] == after[path]]
    everything = [path for path in before if before[path] != after[path]]
    return 0 if not done else 2 if len(done) == len(everything) else 1


def check(right: bool, what: str) -> None:
    """Exit with a message unless a condition holds."""
    if not right:
        sys.exit(f"FAILED: {what}")


if __name__ == "__main__":
    main()

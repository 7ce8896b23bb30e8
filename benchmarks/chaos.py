"""Kill every command at random moments, and complete its work with the next call.

Needs Linux and the extra ``train``::

    python benchmarks/chaos.py --kills 50

Half of the kills are SIGKILL, half SIGTERM. After each, no file with a final name may be
incomplete. The same call again (``predict`` and ``train`` with ``--resume``) must then give exactly
the files of an uninterrupted call, and leave no others. For ``tag --write`` see kill.py.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from commands import LOG, Command, build, contents, digest, filled, fresh, run, start


def main() -> None:
    """Kill, check, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="number of kills of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="names of commands")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)  # noqa: S311
    work = Path(tempfile.mkdtemp(prefix="posterplot-chaos-"))
    os.environ["XDG_STATE_HOME"] = str(work / "state")
    print("| command | kills | before | during | after | wrong |")
    print("|---|---|---|---|---|---|")
    wrong = 0
    for name, command in build(work).items():
        if not arguments.only or name in arguments.only:
            if name == "train":  # once, so that every forked child has it
                import lightning.pytorch  # noqa: F401
            wrong += torment(name, command, work, rng, arguments.kills)
    shutil.rmtree(work)
    LOG.unlink()
    sys.exit(wrong > 0)


def torment(name: str, command: Command, work: Path, rng: random.Random, kills: int) -> int:
    """Kill a command repeatedly, print its row, and return the number of problems."""
    out = work / "out"  # always the same, because some outputs hold their own path
    fresh(out, command)
    start_time = time.perf_counter()
    if run(filled(command, out)) not in (0, 1):
        sys.exit(f"FAILED: {name}: {LOG.read_text()}")
    seconds = time.perf_counter() - start_time
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
        phases["before" if not left else "after" if left == expected else "during"] += 1
        problems.update(half_written(command, left, expected, out))
        start_time = time.perf_counter()
        code = run(filled(command, out))
        if code in (0, 1) and not left:  # a whole run: how busy the machine is changes
            seconds = (seconds + time.perf_counter() - start_time) / 2
        now = contents(out)
        if code not in (0, 1) and not (code == 2 and now == expected):
            problems[f"the next call ends with {code}: {LOG.read_text()[-300:]}"] += 1
        if now != expected:
            names = sorted(k for k in {*now, *expected} if now.get(k) != expected.get(k))
            problems[f"the next call gives other files: {', '.join(names[:5])}"] += 1
    for problem, count in problems.items():
        print(f"{name}: {count} × {problem}", file=sys.stderr, flush=True)
    row = (kills, phases["before"], phases["during"], phases["after"], sum(problems.values()))
    print(f"| {name} | {' | '.join(map(str, row))} |", flush=True)
    return sum(problems.values())


def half_written(
    command: Command, left: dict[str, object], expected: dict[str, object], out: Path
) -> list[str]:
    """Return incomplete files with a final name, just after a kill."""
    if command.grows:  # its files must be complete
        # the names of locks and temporary files begin with a dot
        checkpoints = out.rglob("[!.]*.ckpt")
        return [f"{path.name} is damaged" for path in checkpoints if digest(path) is None]
    problems = []
    for output in command.outputs:
        there = {k: v for k, v in left.items() if k.split("/")[0] == output}
        whole = {k: v for k, v in expected.items() if k.split("/")[0] == output}
        if there and there != whole and output != command.empty:
            problems.append(f"{output} is half-written")
    return problems


if __name__ == "__main__":
    main()

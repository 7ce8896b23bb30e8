"""Run every command that writes with too little disk or memory, and twice at the same time.

Needs Linux, the extra ``train``, and root, which mounts small disks::

    python benchmarks/limits.py --sizes 20 --limits 10

A command must succeed, or end with one line and exit code 2; one that hangs, or that a runtime
aborts, is counted. Nothing incomplete may have a final name. The next call, without a limit, must
give exactly the files of an ordinary call, and leave no others.
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from chaos import half_written
from commands import LOG, Command, build, contents, filled, fresh, run, start

_MIB = 2**20
_PAGE = 4096
_PATIENCE = 180  # seconds
_LARGEST = 512 * _MIB  # of memory beyond what the process has when it begins
# How the runtimes of C, C++ and Rust end a process that lacks memory for a thread, for unwinding,
# or for a few bytes. No program can prevent it; the next call must be right, too.
_ABORTS = (
    "cannot allocate memory for thread-local data: ABORT",
    "libgcc_s.so.1 must be installed",
    "memory allocation of ",
    "bad_alloc",
)
_ABORT_CODES = (127, -signal.SIGABRT)


def main() -> None:
    """Take away disk, memory and sole use, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, default=20, help="number of disk sizes")
    parser.add_argument("--limits", type=int, default=10, help="number of memory limits")
    parser.add_argument("--pairs", type=int, default=2, help="number of simultaneous pairs")
    parser.add_argument("--only", nargs="*", help="names of commands")
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="posterplot-limits-"))
    os.environ["XDG_STATE_HOME"] = str(work / "state")
    print("| command | disk | memory | two at a time | wrong |", flush=True)
    print("|---|---|---|---|---|")
    wrong = 0
    for name, command in build(work).items():
        if arguments.only and name not in arguments.only:
            continue
        with disk(work / "out") as out:
            fresh(out, command)
            if run(filled(command, out)) not in (0, 1):
                sys.exit(f"FAILED: {name}: {LOG.read_text()}")
            trial = Trial(command, out, contents(out))
            ends = [
                trial.with_disks(arguments.sizes),
                trial.with_memory(arguments.limits),
                trial.in_pairs(arguments.pairs),
            ]
        for problem, count in trial.problems.items():
            print(f"{name}: {count} × {problem}", file=sys.stderr, flush=True)
        problems = trial.problems.total()
        cells = " | ".join(
            ", ".join(f"{number} {end}" for end, number in sorted(row.items())) for row in ends
        )
        print(f"| {name} | {cells} | {problems} |", flush=True)
        wrong += problems
    shutil.rmtree(work)
    LOG.unlink()
    sys.exit(wrong > 0)


@contextmanager
def disk(path: Path) -> Iterator[Path]:
    """Mount a disk in memory."""
    path.mkdir(exist_ok=True)
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=64m", "none", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["/bin/umount", path], check=True)


class Trial:
    """A command, and what it does in trouble.

    Attributes:
        problems: Number of occurrences of each problem.
    """

    def __init__(self, command: Command, out: Path, expected: dict[str, object]) -> None:
        self._command = command
        self._out = out
        self._expected = expected
        self.problems: Counter[str] = Counter()

    def with_disks(self, sizes: int) -> Counter[str]:
        """Run on disks from a page to more than the command needs."""
        status = os.statvfs(self._out)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        ends: Counter[str] = Counter()
        for n in range(sizes):
            fresh(self._out, self._command)
            size = _PAGE + round(2 * used * n / max(1, sizes - 1)) // _PAGE * _PAGE
            self._resize(size)
            code = run(filled(self._command, self._out))
            self._resize(64 * _MIB)
            ends[self._judge(code, f"on a disk of {size:,} bytes")] += 1
        return ends

    def with_memory(self, limits: int) -> Counter[str]:
        """Run with address space from nothing more to ``_LARGEST`` more than there is."""
        ends: Counter[str] = Counter()
        for n in range(limits):
            fresh(self._out, self._command)
            more = round(_LARGEST * (n / max(1, limits - 1)) ** 2)  # most of them small
            code = run(filled(self._command, self._out), partial(_limit_memory, more))
            ends[self._judge(code, f"with {more // _MIB} MiB more")] += 1
        return ends

    def in_pairs(self, pairs: int) -> Counter[str]:
        """Run twice at the same time."""
        ends: Counter[str] = Counter()
        logs = [LOG.with_suffix(f".{n}") for n in range(2)]
        for _ in range(pairs):
            fresh(self._out, self._command)
            children = [start(filled(self._command, self._out), log) for log in logs]
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            if contents(self._out) != self._expected:
                self.problems["two at a time give other files"] += 1
            for code, log in zip(codes, logs, strict=True):
                output = log.read_text(errors="replace")
                ends[self._end(code, output, "two at a time")] += 1
            if sorted(code == 2 for code in codes) != [False, True]:
                self.problems[f"two at a time end with {codes}"] += 1
        for log in logs:
            log.unlink(missing_ok=True)
        return ends

    def _resize(self, size: int) -> None:
        subprocess.run(["/bin/mount", "-o", f"remount,size={size}", self._out], check=True)

    def _judge(self, code: int, when: str) -> str:
        """Check what a command left, and what the next call makes of it."""
        end = self._end(code, LOG.read_text(errors="replace"), when)
        left = contents(self._out)
        if end == "done" and left != self._expected:
            self.problems[f"{when}: exit code {code}, but other files"] += 1
        for problem in half_written(self._command, left, self._expected, self._out):
            self.problems[f"{when}: {problem}"] += 1
        if end != "done":
            code = run(filled(self._command, self._out))
            now = contents(self._out)
            if code not in (0, 1) and not (code == 2 and now == self._expected):
                output = LOG.read_text(errors="replace")[-300:]
                self.problems[f"{when}: the next call ends with {code}: {output}"] += 1
            if now != self._expected:
                names = {k for k in {*now, *self._expected} if now.get(k) != self._expected.get(k)}
                self.problems[f"{when}: the next call gives other {sorted(names)[:5]}"] += 1
        return end

    def _end(self, code: int, output: str, when: str) -> str:
        """Return how a command ended, after checking that it reported an error in one line."""
        if code in (0, 1):
            return "done"
        if code == -signal.SIGALRM:
            return "hung"
        if code in _ABORT_CODES and any(text in output for text in _ABORTS):
            return "aborted"
        lines = output.splitlines()
        clear = sum(line.startswith("posterplot: ") for line in lines) == 1
        if code != 2 or not clear or any("Traceback" in line for line in lines):
            self.problems[f"{when}: exit code {code}: {output[-600:]}"] += 1
        return "refused"


def _limit_memory(more: int) -> None:
    # CPython 3.11 waits for ever if a new thread lacks the memory to begin
    signal.alarm(_PATIENCE)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()

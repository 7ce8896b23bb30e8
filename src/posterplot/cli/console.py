"""Print progress, errors and notes to standard error, and results to standard output.

Parts of rich that draw more than a line are imported where they are used, because they slow down
the start of a command that predicts one film.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from posterplot.cli.option_names import with_options

out = Console()
err = Console(stderr=True)

STOPPED = 130  # the exit code after Ctrl-C
CLOSED_PIPE = 141  # that of programs which SIGPIPE ends
_LOG_EVERY = 30.0  # seconds between two lines of progress in a log


@contextmanager
def progress(
    what: str, total: int | None, done: int = 0, *, unit: str = "films"
) -> Iterator[Callable[[int], None]]:
    """Show progress: a bar on a terminal, or a line every 30 seconds in a log.

    Args:
        what: What is being done, as a participle: ``predicting``.
        total: Number of units in all; None if it is not known.
        done: Number of units that were done before.
        unit: Name of the unit, in the plural.

    Yields:
        A function to call with the number finished since the last call.

    """
    if not err.is_terminal or err.is_dumb_terminal:
        yield _log_progress(what, total, done, unit)
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    class Rate(ProgressColumn):
        def render(self, task: Task) -> str:
            return f"{task.speed:.{0 if task.speed >= 10 else 1}f} {unit}/s" if task.speed else ""

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # twice a second, because drawing takes time from predicting
    with Progress(*columns, console=err, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task(what, total=total, completed=done)
        yield lambda finished: progress.advance(task, finished)


def _log_progress(what: str, total: int | None, done: int, unit: str) -> Callable[[int], None]:
    """Return a function that counts units and prints a line from time to time."""
    printed = time.monotonic()

    def advance(finished: int) -> None:
        nonlocal done, printed
        done += finished
        if finished and time.monotonic() - printed >= _LOG_EVERY:
            printed = time.monotonic()
            print_note(f"{what}: {done:,}{'' if total is None else f' of {total:,}'} {unit}")

    return advance


def print_film_error(film: str, title: str, reason: str) -> None:
    """Print the film that could not be used, and the reason."""
    name = " ".join(part for part in (film, title) if part)
    reason = with_options(reason)
    line = f"{name}: {reason}" if name else reason[:1].upper() + reason[1:]
    err.print(line, markup=False, highlight=False, soft_wrap=True)


def print_error_count(failed: int, partly: int, total: int) -> None:
    """Print how many of ``total`` films could not be used, and how many only in part."""
    parts = [f"{failed:,} of {total:,} films could not be used"] * bool(failed)
    if partly:
        parts.append(f"{partly:,} of {total:,} films could be used only in part")
    err.print("; ".join(parts), highlight=False, soft_wrap=True)


def print_json(line: dict[str, Any]) -> None:
    """Print a value as one line of JSON, in any encoding that standard output may have."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    typer.echo(json.dumps(line, ensure_ascii=not unicode))


def print_note(line: str) -> None:
    """Print a line about what was done, to standard error."""
    err.print(escape(with_options(line)), highlight=False, soft_wrap=True)


def print_error(line: str) -> int:
    """Print an error of the call, and return its exit code."""
    err.print(f"posterplot: {line}", markup=False, highlight=False, soft_wrap=True)
    return 2

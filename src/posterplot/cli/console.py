"""What every verb prints: progress, faults and lines about what was done.

Parts of rich that draw more than a line are imported where they are used: one film waits for none.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

out = Console()
err = Console(stderr=True)


@contextmanager
def progress(what: str, total: int | None, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Show a progress bar; yield a function to call with the number of films finished since."""
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
            return f"{task.speed:.0f} films/s" if task.speed else ""

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # twice a second: drawing costs time that the films want
    with Progress(*columns, console=err, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task(what, total=total, completed=done)
        yield lambda films: progress.advance(task, films)


def say_fault(film: str, title: str, fault: str) -> None:
    """Print which film could not be used, and why."""
    name = " ".join(part for part in (film, title) if part)
    line = f"{name}: {fault}" if name else fault[:1].upper() + fault[1:]
    err.print(line, markup=False, highlight=False, soft_wrap=True)


def say_faulty(films: int, total: int) -> None:
    """Print how many films could not be used, after the last of them."""
    err.print(f"{films} of {total} films could not be used, or only in part", highlight=False)


def print_line(line: dict[str, Any]) -> None:
    """Print a line of predictions as JSON."""
    typer.echo(json.dumps(line, ensure_ascii=False))


def say(line: str) -> None:
    """Print a line about what was done, to standard error."""
    err.print(escape(line), highlight=False, soft_wrap=True)


def complain(line: str) -> int:
    """Print what is wrong with the call, and return its exit code."""
    err.print(f"posterplot: {line}", markup=False, highlight=False, soft_wrap=True)
    return 2

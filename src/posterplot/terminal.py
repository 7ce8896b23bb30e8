"""What the verbs print: tables and lines of what was done, faults, and how far it is.

Parts of rich that draw more than a line are imported where they are used: one film waits for none.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from posterplot.bundle import Bundle

out = Console()
err = Console(stderr=True)


def show_dataset(manifest: Any, path: Path) -> None:
    """Print what became of a catalogue: splits, genres, duplicates, what was set aside."""
    from rich.table import Table

    table = Table("split", "films", "with poster", "with overview", "genres a film", box=None)
    for name, split in manifest.splits.items():
        numbers = (split.films, split.with_poster, split.with_overview)
        table.add_row(name, *map(str, numbers), f"{split.cardinality:.2f}")
    out.print(table)
    say(
        f"{len(manifest.genres)} genres; {manifest.duplicate_films} films are one of "
        f"{manifest.duplicate_groups} groups of duplicates"
    )
    for part, reasons in manifest.rejected.items():
        for reason, count in reasons.items():
            say(f"set aside: {count} × {part}: {reason}")
    if manifest.rejected:
        say(f"each is listed in {path / 'rejected.jsonl'}")
    say(f"dataset written to {path}")


def show_evaluation(evaluation: Any, path: Path) -> None:
    """Print an evaluation: figures overall and genre by genre, and what they do not cover."""
    from rich.table import Table

    table = Table("metric", "value", "95 % interval", box=None)
    for name, figure in evaluation.overall.items():
        table.add_row(name, f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}")
    out.print(table)
    rows = Table("genre", "films", "threshold", "precision", "recall", "F1", "AP", box=None)
    for row in evaluation.genres:
        figures = (row.precision, row.recall, row.f1, row.average_precision)
        shown = ("-" if f.value is None else f"{f.value:.3f}" for f in figures)
        rows.add_row(escape(row.genre), str(row.support), f"{row.threshold:.2f}", *shown)
    out.print(rows)
    say(f"{evaluation.films} films of {evaluation.split}; thresholds: {evaluation.rule}")
    if not evaluation.same_dataset:
        say("the model was trained on another dataset: it may have seen some of these films")
    for reason, count in evaluation.left_out.items():
        say(f"{count} films left out: {reason}")
    if evaluation.absent_genres:
        absent = ", ".join(evaluation.absent_genres)
        say(f"no film of {absent} here: left out of macro means")
    for genre, count in evaluation.unknown_genres.items():
        say(f"{count} films are {genre}, which the model does not know")
    say(f"evaluation written to {path}")


def show_bundle(bundle: "Bundle") -> None:
    """Print a bundle's card, and beside it where it lies and that it was found whole."""
    from posterplot.bundle import CARD, MANIFEST

    card = (bundle.path / CARD).read_text(encoding="utf-8")
    if out.is_terminal:
        from rich.markdown import Markdown

        out.print(Markdown(card))
    else:
        typer.echo(card, nl=False)
    size = sum((bundle.path / name).stat().st_size for name in (MANIFEST, *bundle.manifest.files))
    say(
        f"{bundle.path}: {size / 1e6:.1f} MB, format {bundle.manifest.format}; "
        f"every file has its SHA-256, {bundle.manifest.digest[:16]}… in all"
    )


@contextmanager
def progress(what: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Show a bar, a rate and the time left while films go by; it is told how many more are done."""
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
    """Say on one line which film could not be used, and why."""
    name = " ".join(part for part in (film, title) if part) or "this film"
    err.print(f"{name}: {fault}", markup=False, highlight=False, soft_wrap=True)


def say_faulty(films: int, total: int) -> None:
    """Say how many films could not be used, after the last of them."""
    err.print(f"{films} of {total} films could not be used, or not in full", highlight=False)


def print_line(line: dict[str, Any]) -> None:
    """Print a line of predictions as JSON."""
    typer.echo(json.dumps(line, ensure_ascii=False))


def say(line: str) -> None:
    """Say what was done, beside what was asked for."""
    err.print(escape(line), highlight=False, soft_wrap=True)


def complain(line: str) -> int:
    """Say what is wrong with the call, and return its exit code."""
    err.print(f"posterplot: {line}", markup=False, highlight=False, soft_wrap=True)
    return 2

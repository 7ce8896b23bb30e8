"""The verb ``audit``: labels of a catalogue that look wrong or missing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from posterplot.cli.console import out as console
from posterplot.cli.console import progress, say, say_fault
from posterplot.cli.options import (
    CATALOGUE_HELP,
    AllowOutsideOption,
    AllowPrivateOption,
    ColumnOption,
    EncodingOption,
    LabelsOption,
    ModelOption,
    RemoteOption,
    open_films,
    say_elsewhere,
)
from posterplot.errors import UsageError
from posterplot.extras import needs_extra

if TYPE_CHECKING:
    from posterplot.audit.audit import Audit

_ROWS = 20  # of the table on the terminal


def audit(
    catalogue: Annotated[Path, typer.Argument(help=CATALOGUE_HELP)],
    out: Annotated[
        Path, typer.Option(help="Where to write: .csv, and beside it a page, .html.")
    ] = Path("audit.csv"),
    model: ModelOption = None,
    top: Annotated[int, typer.Option(min=1, help="How many labels to list.")] = 200,
    at_most: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many genres a film has at most, by the catalogue's habit: 3 on IMDb. Films"
            " with as many are less suspected of lacking others.",
        ),
    ] = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    labels: LabelsOption = None,
    allow_outside: AllowOutsideOption = False,
    remote: RemoteOption = False,
    allow_private: AllowPrivateOption = False,
) -> None:
    """List the labels of a catalogue that look wrong or missing, the most doubtful first.

    The model must not have been trained on these films, or it has learned their errors.
    """
    from posterplot.files import check_new_file, output_lock
    from posterplot.inference.bundle import load_bundle, shipped_bundle

    page = out.with_suffix(".html")
    if out.suffix.lower() != ".csv":
        raise UsageError("the list is written as CSV", where="--out", hint="name a .csv file")
    with output_lock(out), output_lock(page):
        check_new_file(out)
        check_new_file(page)
        with needs_extra("audit"):
            import cleanlab.count  # noqa: F401  # better missed now than after the last film

            from posterplot.audit.audit import audit as run
            from posterplot.audit.output import summary_lines, write_csv, write_page
            from posterplot.inference.predictor import Predictor
        predictor = Predictor(load_bundle(model or shipped_bundle()))
        allowed = (allow_outside, remote, allow_private)
        opened = open_films(catalogue, column, encoding, labels, allowed=allowed)
        with progress("judging", opened.count()) as advance:
            found = run(opened, predictor, top=top, at_most=at_most, advance=advance)
        for item in found.rejected:
            say_fault(item.id, item.title, item.reason)
        write_csv(found.findings, out)
        with progress("explaining", None) as advance:
            write_page(found, opened, predictor, page, advance)
    _show(found)
    for line in summary_lines(found):
        say(line)
    say_elsewhere(opened)
    say(f"{len(found.findings):,} labels written to {out}, the first of them shown in {page}")
    if found.rejected:
        raise typer.Exit(1)


def _show(found: "Audit") -> None:
    from rich.table import Table

    table = Table("film", "genre", "label", "model", "wrong with", box=None)
    for f in found.findings[:_ROWS]:
        figures = (f"{f.probability:.1%}", f"{f.suspicion:.0%}")
        table.add_row(escape(f.title or f.id), escape(f.genre), f.kind, *figures)
    console.print(table)

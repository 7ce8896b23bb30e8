"""The command ``audit``: list the labels of a catalogue that look wrong or missing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from posterplot.cli.console import out as console
from posterplot.cli.console import print_film_error, print_note, progress
from posterplot.cli.films import open_films, print_unread_posters
from posterplot.cli.options import (
    CATALOGUE_HELP,
    AllowOutsideOption,
    AllowPrivateOption,
    ColumnOption,
    EncodingOption,
    LabelsOption,
    ModelOption,
    RemoteOption,
)
from posterplot.errors import UsageError
from posterplot.extras import needs_extra
from posterplot.wording import count, percent

if TYPE_CHECKING:
    from posterplot.audit.audit import Audit, FilmPredictor

_ROWS = 20  # shown on the terminal


def audit(
    catalogue: Annotated[Path, typer.Argument(help=CATALOGUE_HELP)],
    out: Annotated[
        Path, typer.Option(help="Where to write: .csv, and beside it a page, .html.")
    ] = Path("audit.csv"),
    model: ModelOption = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="A file of predictions to use instead of a model, such as the one that train"
            " --folds writes."
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many labels to list.")] = 200,
    at_most: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Largest number of genres that the catalogue lists for a film: 3 on IMDb. Films"
            " with this number are less often reported to lack a genre.",
        ),
    ] = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    labels: LabelsOption = None,
    allow_outside: AllowOutsideOption = False,
    remote: RemoteOption = False,
    allow_private: AllowPrivateOption = False,
) -> None:
    """List the labels of a catalogue that look wrong or missing, the most probable errors first.

    The model must not have been trained on these films, or it has learned their errors. For films
    that you train on, use the predictions of train --folds.
    """
    from posterplot.file_sets import output_locks
    from posterplot.files import check_new_file
    from posterplot.inference.bundle import load_bundle, shipped_bundle

    if model and predictions:
        raise UsageError("--model and --predictions do not go together")
    page = out.with_suffix(".html")
    if out.suffix.lower() != ".csv":
        raise UsageError("the list is written as CSV", where="--out", hint="name a .csv file")
    with output_locks(out, page):
        check_new_file(out)
        check_new_file(page)
        with needs_extra("audit"):
            import cleanlab.count  # noqa: F401  # fail now, not after the last film

            from posterplot.audit.audit import audit as run
            from posterplot.audit.output import audit_page, summary_lines, write_audit
            from posterplot.inference.predictor import Predictor
            from posterplot.inference.read_predictions import NOT_PREDICTED, read_predictions

            predicted = read_predictions(predictions) if predictions else None
        predictor = None
        source: FilmPredictor
        if predicted is not None:
            source = predicted
        else:
            source = predictor = Predictor(load_bundle(model or shipped_bundle()))
        allowed = (allow_outside, remote, allow_private)
        opened = open_films(catalogue, column, encoding, labels, allowed=allowed)
        with progress("judging", opened.count()) as advance:
            found = run(opened, source, top=top, at_most=at_most, advance=advance)
        rejected = [item for item in found.rejected if item.reason != NOT_PREDICTED]
        for item in rejected:
            print_film_error(item.id, item.title, item.reason)
        with progress("explaining", None) as advance:
            text = audit_page(found, opened, predictor, advance)
        write_audit(found.findings, text, out, page)
    _show(found)
    for line in summary_lines(found):
        print_note(line)
    print_unread_posters(opened)
    listed = count(len(found.findings), "label")
    print_note(f"{listed} written to {out}; {page} shows the first of them")
    if missing := len(found.rejected) - len(rejected):
        print_note(f"{count(missing, 'film')} not checked: not in {predictions}")
    if rejected:
        raise typer.Exit(1)


def _show(found: "Audit") -> None:
    from rich.table import Table

    table = Table("film", "genre", "label", "model", "P(wrong)", box=None)
    for f in found.findings[:_ROWS]:
        numbers = (percent(f.probability), percent(f.label_error_probability))
        table.add_row(escape(f.title or f.id), escape(f.genre), f.kind, *numbers)
    console.print(table)

"""The verb ``predict``: films get genres."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posterplot.cli.console import out as console
from posterplot.cli.console import print_line, progress, say_fault, say_faulty
from posterplot.cli.options import (
    AllowOutsideOption,
    AllowPrivateOption,
    CatalogueArgument,
    ColumnOption,
    DryRunOption,
    EncodingOption,
    ModelOption,
    OverviewOption,
    PosterOption,
    RemoteOption,
    TitleOption,
    open_films,
    say_elsewhere,
)
from posterplot.cli.summary_output import show_summary
from posterplot.errors import UsageError
from posterplot.extras import needs_extra
from posterplot.files import output_lock
from posterplot.films import Film, Rejected

if TYPE_CHECKING:
    from posterplot.inference.predictor import Predictor


def predict(
    catalogue: CatalogueArgument = None,
    poster: PosterOption = None,
    overview: OverviewOption = None,
    title: TitleOption = "",
    model: ModelOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write: .jsonl, .csv or .parquet.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an output that was interrupted.")
    ] = False,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    allow_outside: AllowOutsideOption = False,
    remote: RemoteOption = False,
    allow_private: AllowPrivateOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Predict the genres of one film, or of every film of a table.

    One film is shown as bars. A table is written as JSON lines, to a file or to the terminal.
    """
    from posterplot.inference.bundle import load_bundle, shipped_bundle
    from posterplot.inference.partial_predictions import partial_file
    from posterplot.inference.predictor import Predictor

    if (catalogue is None) == (poster is None and not overview):
        raise UsageError("give a table, or --poster, --overview or both")
    if resume and out is None:
        raise UsageError("--resume continues a file", hint="name the file with --out")
    allowed = (allow_outside, remote, allow_private)
    if dry_run:
        if catalogue is None:
            raise UsageError("--dry-run needs a table", hint="name it")
        show_summary(open_films(catalogue, column, encoding, allowed=allowed), splits=False)
        return
    bundle = load_bundle(model or shipped_bundle())
    with ExitStack() as stack:
        partial = opened = None
        if out is not None:
            stack.enter_context(output_lock(out))
            with needs_extra("parquet"):
                partial = partial_file(out, bundle.manifest.digest, resume=resume)
        if catalogue is None:
            films: Iterable[Film | Rejected] = [Film("", title, None, overview, (), poster)]
            total = 1
        else:
            opened = open_films(catalogue, column, encoding, allowed=allowed)
            films, total = opened.films(splits=False), opened.count()
        predictor = Predictor(bundle)
        if out is not None and partial is not None:
            problems = _predict_to_file(predictor, films, out, partial, total)
        else:
            problems = _predict_to_terminal(predictor, films, single=catalogue is None)
    if problems and catalogue is not None:
        say_faulty(problems, total)
    if opened is not None:
        say_elsewhere(opened)
    if problems:
        raise typer.Exit(1)


def _predict_to_file(
    predictor: "Predictor", films: Iterable[Film | Rejected], path: Path, partial: Path, total: int
) -> int:
    """Write predictions as they come; return how many films could not be used in full."""
    from posterplot.inference.partial_predictions import predict_to_file
    from posterplot.inference.prediction_files import row_problem

    problems = 0
    with progress("predicting", total) as advance:

        def finished(row: dict[str, Any]) -> None:
            nonlocal problems
            if problem := row_problem(row):
                problems += 1
                say_fault(row["id"], row["title"], problem)
            advance(1)

        predict_to_file(predictor, films, path, partial, finished)
    return problems


def _predict_to_terminal(
    predictor: "Predictor", films: Iterable[Film | Rejected], *, single: bool
) -> int:
    """Print predictions as they come; return how many films could not be used in full."""
    from posterplot.inference.prediction_files import prediction_rows, row_problem, show

    problems = 0
    for row in prediction_rows(predictor.predict(films)):
        if problem := row_problem(row):
            problems += 1
            say_fault(row["id"], row["title"], problem)
        if not single:
            print_line(row)
        elif "error" not in row:
            show(row, console)
    return problems

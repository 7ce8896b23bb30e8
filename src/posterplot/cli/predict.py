"""The command ``predict``: films get genres."""

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posterplot.cli.console import (
    STOPPED,
    print_error_count,
    print_film_error,
    print_json,
    print_note,
    progress,
)
from posterplot.cli.console import out as console
from posterplot.cli.films import STDIO, check_source, given_films, open_films, print_elsewhere
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
)
from posterplot.cli.summary_output import show_summary
from posterplot.cli.trust import (
    AnyLanguageOption,
    PrecisionOption,
    RecallOption,
    open_model,
)
from posterplot.errors import UsageError
from posterplot.extras import needs_extra
from posterplot.files import output_lock
from posterplot.films import Film, Rejected
from posterplot.wording import count

if TYPE_CHECKING:
    from posterplot.inference.predictor import Predictor

_COMMON = 5  # genres in the summary


def predict(
    catalogue: CatalogueArgument = None,
    poster: PosterOption = None,
    overview: OverviewOption = None,
    title: TitleOption = "",
    model: ModelOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write: .jsonl, .csv or .parquet; - for standard output."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON lines, also for single films.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue an output that was interrupted.")
    ] = False,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    allow_outside: AllowOutsideOption = False,
    remote: RemoteOption = False,
    allow_private: AllowPrivateOption = False,
    dry_run: DryRunOption = False,
    precision: PrecisionOption = None,
    recall: RecallOption = None,
    any_language: AnyLanguageOption = False,
) -> None:
    """Predict the genres of one film, of several posters, or of every film of a catalogue.

    A film given by --poster or --overview is shown as bars, and the films of a catalogue one per
    line. With --json, or if standard output is not a terminal, they are JSON lines. --out writes a
    file with all probabilities.
    """
    from posterplot.inference.partial_predictions import partial_file
    from posterplot.inference.predictor import Predictor
    from posterplot.inference.settings import settings_digest

    check_source(poster, overview, title, catalogue=catalogue)
    if out == STDIO:
        out, as_json = None, True
    if out and as_json:
        raise UsageError("--json prints, and --out writes to a file", hint="leave one of them out")
    if resume and out is None:
        raise UsageError("--resume continues a file", hint="name the file with --out")
    allowed = (allow_outside, remote, allow_private)
    if dry_run:
        if catalogue is None:
            raise UsageError("--dry-run needs a catalogue", hint="name it")
        show_summary(open_films(catalogue, column, encoding, allowed=allowed), splits=False)
        return
    bundle = open_model(model, precision, recall, any_language=any_language)
    with ExitStack() as stack:
        partial = opened = None
        if out is not None:
            stack.enter_context(output_lock(out))
            with needs_extra("parquet"):
                partial = partial_file(out, settings_digest(bundle), resume=resume)
        films: Iterable[Film | Rejected]
        if catalogue is None:
            films = given = given_films(poster, overview, title)
            total = len(given)
        else:
            opened = open_films(catalogue, column, encoding, allowed=allowed)
            films, total = opened.films(splits=False), opened.count()
        predictor = Predictor(bundle)
        if out is not None and partial is not None:
            problems = _predict_to_file(predictor, films, out, partial, total)
        else:
            in_words = not as_json and (catalogue is None or console.is_terminal)
            problems = _predict_to_terminal(
                predictor, films, in_words=in_words, bars=catalogue is None
            )
    if problems and total > 1:
        print_error_count(problems, total)
    if opened is not None:
        print_elsewhere(opened)
    if problems:
        raise typer.Exit(1)


def _predict_to_file(
    predictor: "Predictor", films: Iterable[Film | Rejected], path: Path, partial: Path, total: int
) -> int:
    """Write predictions as they come; return how many films could not be used in full."""
    from posterplot.inference.partial_predictions import predict_to_file
    from posterplot.inference.prediction_files import row_problem

    problems, genres = 0, Counter[str]()
    try:
        with progress("predicting", total) as advance:

            def finished(row: dict[str, Any]) -> None:
                nonlocal problems
                if problem := row_problem(row):
                    problems += 1
                    print_film_error(row["id"], row["title"], problem)
                if "error" not in row:
                    genres.update(["films", *(row["genres"] or ["without a genre"])])
                advance(1)

            predict_to_file(predictor, films, path, partial, finished)
    except KeyboardInterrupt:
        print_note("Stopped. The same command with --resume continues.")
        raise typer.Exit(STOPPED) from None
    predicted = genres.pop("films", 0)
    common = ", ".join(f"{genre} {number:,}" for genre, number in genres.most_common(_COMMON))
    print_note(f"{count(predicted, 'film')} predicted{f': {common}' * bool(common)}")
    print_note(f"predictions written to {path}")
    return problems


def _predict_to_terminal(
    predictor: "Predictor", films: Iterable[Film | Rejected], *, in_words: bool, bars: bool
) -> int:
    """Print predictions as they come; return how many films could not be used in full.

    Args:
        predictor: of a model.
        films: to predict.
        in_words: whether they are printed for people, and not as JSON lines.
        bars: whether people see the probabilities as bars, and not only the genres.

    """
    from posterplot.inference.prediction_files import (
        prediction_rows,
        row_problem,
        show,
        show_genres,
    )

    problems = 0
    for number, row in enumerate(prediction_rows(predictor.predict(films))):
        if problem := row_problem(row):
            problems += 1
            print_film_error(row["id"], row["title"], problem)
        if not in_words:
            print_json(row)
        elif "error" not in row and not bars:
            show_genres(row, console)
        elif "error" not in row:
            if number:
                console.print()
            show(row, console)
    return problems

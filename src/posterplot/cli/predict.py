"""The command ``predict``: films get genres."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posterplot.cli.console import out as console
from posterplot.cli.console import (
    print_error_count,
    print_film_error,
    print_json,
    print_note,
    progress,
)
from posterplot.cli.films import STDIO, given_films, open_films
from posterplot.cli.options import (
    CatalogueArgument,
    ColumnOption,
    DryRunOption,
    EncodingOption,
    ModelOption,
    OverviewOption,
    PosterOption,
    TitleOption,
)
from posterplot.cli.summary_output import show_summary
from posterplot.errors import UsageError
from posterplot.extras import needs_extra
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
    dry_run: DryRunOption = False,
) -> None:
    """Predict the genres of one film, of several posters, or of every film of a catalogue.

    A film given by --poster or --overview is shown as bars. The films of a catalogue are written
    as JSON lines, to a file or to the terminal.
    """
    from posterplot.inference.bundle import load_bundle, shipped_bundle
    from posterplot.inference.prediction_files import part_of
    from posterplot.inference.predictor import Predictor

    if (catalogue is None) == (not poster and not overview):
        raise UsageError("give a catalogue, or --poster, --overview or both")
    if out == STDIO:
        out, as_json = None, True
    if out and as_json:
        raise UsageError("--json prints, and --out writes to a file", hint="leave one of them out")
    if resume and out is None:
        raise UsageError("--resume continues a file", hint="name the file with --out")
    if dry_run:
        if catalogue is None:
            raise UsageError("--dry-run needs a catalogue", hint="name it")
        show_summary(open_films(catalogue, column, encoding), splits=False)
        return
    bundle = load_bundle(model or shipped_bundle())
    with needs_extra("parquet"):
        part = part_of(out, bundle.manifest.digest, resume=resume) if out else None
    films: Iterable[Film | Rejected]
    if catalogue is None:
        films = given = given_films(poster, overview, title)
        total = len(given)
    else:
        opened = open_films(catalogue, column, encoding)
        films, total = opened.films(splits=False), opened.count()
    predictor = Predictor(bundle)
    if out and part:
        faulty = _predict_to_file(predictor, films, out, part, total)
    else:
        faulty = _predict_to_terminal(predictor, films, bars=catalogue is None and not as_json)
    if faulty and total > 1:
        print_error_count(faulty, total)
    if faulty:
        raise typer.Exit(1)


def _predict_to_file(
    predictor: "Predictor", films: Iterable[Film | Rejected], path: Path, part: Path, total: int
) -> int:
    """Write predictions as they come; return how many films could not be used in full."""
    from posterplot.inference.prediction_files import fault_of, lines, open_output, skip_done

    films = iter(films)
    done, faulty = skip_done(part, films)
    predicted, genres = 0, Counter[str]()
    try:
        with (
            open_output(path, part, predictor.bundle.manifest.genres) as put,
            progress("predicting", total, done) as advance,
        ):
            for line in lines(predictor.predict(films)):
                if fault := fault_of(line):
                    faulty += 1
                    print_film_error(line["id"], line["title"], fault)
                put(line)
                if "error" not in line:
                    predicted += 1
                    genres.update(line["genres"] or ["without a genre"])
                advance(1)
    except KeyboardInterrupt:
        print_note("Stopped. The same command with --resume continues.")
        raise typer.Exit(130) from None
    common = ", ".join(f"{genre} {number:,}" for genre, number in genres.most_common(_COMMON))
    print_note(f"{count(predicted, 'film')} predicted{f': {common}' * bool(common)}")
    if done:
        print_note(f"{count(done, 'film')} had been predicted before")
    print_note(f"predictions written to {path}")
    return faulty


def _predict_to_terminal(
    predictor: "Predictor", films: Iterable[Film | Rejected], *, bars: bool
) -> int:
    """Print predictions as they come; return how many films could not be used in full."""
    from posterplot.inference.prediction_files import fault_of, lines, show

    faulty = 0
    for number, line in enumerate(lines(predictor.predict(films))):
        if fault := fault_of(line):
            faulty += 1
            print_film_error(line["id"], line["title"], fault)
        if not bars:
            print_json(line)
        elif "error" not in line:
            if number:
                console.print()
            show(line, console)
    return faulty

"""The command ``predict``: predict the genres of films."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posterplot.cli.console import (
    STOPPED,
    print_error_count,
    print_json,
    print_note,
    progress,
)
from posterplot.cli.console import out as console
from posterplot.cli.films import (
    STDIO,
    check_source,
    films_from_options,
    open_films,
    print_unread_posters,
)
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
from posterplot.cli.predict_summary import PredictSummary
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
    from posterplot.catalogue import Catalogue
    from posterplot.inference.bundle import Bundle
    from posterplot.inference.predictor import Predictor


class Engine(StrEnum):
    """Where the model runs."""

    threads = "threads"
    ray = "ray"


def predict(
    catalogue: CatalogueArgument = None,
    poster: PosterOption = None,
    overview: OverviewOption = None,
    title: TitleOption = "",
    model: ModelOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to write: .jsonl, .csv or .parquet; - for standard output. With"
            " --engine ray: a folder."
        ),
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
    engine: Annotated[
        Engine,
        typer.Option(help="threads: the cores of this machine. ray: those of a Ray cluster."),
    ] = Engine.threads,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="With --engine ray: the cluster. Default: one is started on this machine.",
        ),
    ] = None,
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
    if address and engine is not Engine.ray:
        raise UsageError("--address needs --engine ray", hint="add it, or leave --address out")
    if engine is Engine.ray and (catalogue is None or out is None):
        raise UsageError(
            "--engine ray predicts a catalogue into a folder", hint="name both, with --out FOLDER"
        )
    if resume and out is None:
        raise UsageError("--resume continues a file", hint="name the file with --out")
    allowed = (allow_outside, remote, allow_private)
    if dry_run:
        if catalogue is None:
            raise UsageError("--dry-run needs a catalogue", hint="name it")
        show_summary(open_films(catalogue, column, encoding, allowed=allowed), splits=False)
        return
    bundle = open_model(model, precision, recall, any_language=any_language)
    if engine is Engine.ray and catalogue is not None and out is not None:
        source = open_films(_absolute(catalogue), column, encoding, allowed=allowed)
        total = source.count()
        summary = _predict_with_ray(source, total, bundle, out, address)
        _print_problems(summary, total, source)
        return
    with ExitStack() as stack:
        partial = opened = None
        if out is not None:
            stack.enter_context(output_lock(out))
            with needs_extra("parquet"):
                partial = partial_file(out, settings_digest(bundle), resume=resume)
        films: Iterable[Film | Rejected]
        if catalogue is None:
            films = single_films = films_from_options(poster, overview, title)
            total = len(single_films)
        else:
            opened = open_films(catalogue, column, encoding, allowed=allowed)
            films, total = opened.films(splits=False), opened.count()
        predictor = Predictor(bundle)
        if out is not None and partial is not None:
            summary = _predict_to_file(predictor, films, out, partial, total)
        else:
            in_words = not as_json and (catalogue is None or console.is_terminal)
            summary = _predict_to_terminal(
                predictor, films, in_words=in_words, bars=catalogue is None
            )
    _print_problems(summary, total, opened)


def _print_problems(summary: PredictSummary, total: int, catalogue: "Catalogue | None") -> None:
    """Print how many films could not be used, and exit with 1 if there are any."""
    problems = summary.failed + summary.partly
    if problems and total > 1:
        print_error_count(summary.failed, summary.partly, total)
    if catalogue is not None:
        print_unread_posters(catalogue)
    if problems:
        raise typer.Exit(1)


def _predict_to_file(
    predictor: "Predictor", films: Iterable[Film | Rejected], path: Path, partial: Path, total: int
) -> PredictSummary:
    """Write predictions as they come, and count them."""
    from posterplot.inference.partial_predictions import predict_to_file

    with _summary(path, total, "The same command with --resume continues.") as summary:
        predict_to_file(predictor, films, path, partial, summary.add)
    return summary


def _absolute(catalogue: Path) -> Path:
    """Return the absolute path of a catalogue: Ray's processes have other working folders."""
    from posterplot.catalogue.hub import is_hub_name
    from posterplot.catalogue.remote_table import is_cloud_address

    if catalogue == STDIO or is_hub_name(catalogue) or is_cloud_address(catalogue):
        return catalogue
    return Path(os.path.abspath(catalogue))  # noqa: PTH100 - links are not followed


def _predict_with_ray(
    catalogue: "Catalogue", total: int, bundle: "Bundle", out: Path, address: str | None
) -> PredictSummary:
    """Write a folder of predictions, and count them."""
    from posterplot.scale.predict import predict_to_folder

    with _summary(out, total, "The same command continues.") as summary:
        removed = predict_to_folder(
            catalogue, bundle, out, summary.add, total=total, address=address
        )
    if removed:
        print_note(f"removed {count(removed, 'file')} of films that have changed")
    return summary


@contextmanager
def _summary(out: Path, total: int, stopped: str) -> Iterator[PredictSummary]:
    """Show progress, then what was predicted. After Ctrl-C, say how to continue."""
    try:
        with progress("predicting", total) as advance:
            summary = PredictSummary(advance)
            yield summary
    except KeyboardInterrupt:
        print_note(f"Stopped. {stopped}")
        raise typer.Exit(STOPPED) from None
    summary.print_genres()
    summary.print_trust()
    print_note(f"predictions written to {out}")


def _predict_to_terminal(
    predictor: "Predictor", films: Iterable[Film | Rejected], *, in_words: bool, bars: bool
) -> PredictSummary:
    """Print predictions as they come, and count them.

    Args:
        predictor: Predictor of the model.
        films: Films to predict.
        in_words: Whether they are printed for people, and not as JSON lines.
        bars: Whether people see the probabilities as bars, and not only the genres.

    """
    from posterplot.inference.prediction_files import (
        prediction_rows,
        show,
        show_genres,
    )

    summary = PredictSummary()
    for number, row in enumerate(prediction_rows(predictor.predict(films))):
        summary.add(row)
        if not in_words:
            print_json(row)
        elif "error" not in row and not bars:
            show_genres(row, console)
        elif "error" not in row:
            if number:
                console.print()
            show(row, console)
    if in_words and not bars:  # bars show it below each film, and JSON lines in each line
        summary.print_trust()
    return summary

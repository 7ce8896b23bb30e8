"""The command ``evaluate``: a bundle is measured on a split."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from posterplot.cli.console import out as console
from posterplot.cli.console import print_note, progress
from posterplot.cli.films import split_name
from posterplot.cli.options import DatasetOption
from posterplot.cli.trust import AnyLanguageOption, open_model
from posterplot.extras import needs_extra
from posterplot.films import Modality

if TYPE_CHECKING:
    from posterplot.evaluation.evaluation import Evaluation


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="A bundle or a run.")],
    data: DatasetOption,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    only: Annotated[
        Modality | None,
        typer.Option(
            help="poster or overview: show the model only this input. title: show it the poster,"
            " and the title in place of the overview."
        ),
    ] = None,
    any_language: AnyLanguageOption = False,
    out: Annotated[Path, typer.Option(help="Where to write the evaluation.")] = Path(
        "evaluation.json"
    ),
) -> None:
    """Measure a model on a split, with 95 % bootstrap intervals."""
    with needs_extra("parquet"):
        from posterplot.dataset.reading import open_dataset
        from posterplot.evaluation import evaluate as run
        from posterplot.evaluation import evaluation_lock, predict_split, write_evaluation

    name = split_name(split)
    with evaluation_lock(out):
        model, dataset = open_model(bundle, any_language=any_language), open_dataset(data)
        counted = dataset.manifest.splits.get(name)
        with progress("evaluating", counted.films if counted else 0) as advance:
            predicted = predict_split(model, dataset, name, advance, only)
        evaluation = run(model, dataset, name, predicted)
        write_evaluation(evaluation, predicted.labelled(model.manifest.genres), out)
    _show(evaluation, out)


def _show(evaluation: "Evaluation", path: Path) -> None:
    from rich.table import Table

    table = Table("metric", "value", "95 % interval", box=None)
    for name, figure in evaluation.overall.items():
        interval = f"{figure.low:.3f} to {figure.high:.3f}"
        # resamples have a larger ECE, so its interval would not contain it
        table.add_row(name, f"{figure.value:.3f}", "-" if name == "ECE" else interval)
    console.print(table)
    rows = Table("genre", "films", "threshold", "precision", "recall", "F1", "AP", box=None)
    for row in evaluation.genres:
        figures = (row.precision, row.recall, row.f1, row.average_precision)
        shown = ("-" if f.value is None else f"{f.value:.3f}" for f in figures)
        rows.add_row(escape(row.genre), str(row.support), f"{row.threshold:.2f}", *shown)
    console.print(rows)
    print_note(f"{evaluation.films} films of {evaluation.split}; thresholds: {evaluation.rule}")
    if not evaluation.same_dataset:
        print_note("the model was trained on another dataset: it may have seen some of these films")
    for reason, count in evaluation.left_out.items():
        print_note(f"{count} films left out: {reason}")
    for reason, count in evaluation.unread.items():
        print_note(f"{count} films read without a part: {reason}")
    if evaluation.absent_genres:
        absent = ", ".join(evaluation.absent_genres)
        print_note(f"no film here is {absent}: left out of macro means")
    for genre, count in evaluation.unknown_genres.items():
        print_note(f"{count} films are {genre}, which the model does not know")
    print_note(f"evaluation written to {path}")

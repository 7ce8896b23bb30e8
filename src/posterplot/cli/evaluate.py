"""The command ``evaluate``: evaluate a model on a split of a dataset."""

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
from posterplot.wording import count

if TYPE_CHECKING:
    from posterplot.evaluation.evaluation import Evaluation


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="A bundle or a run.")],
    data: DatasetOption,
    split: Annotated[
        str, typer.Option(help="Split to evaluate on: train, validation or test.")
    ] = "test",
    only: Annotated[
        Modality | None,
        typer.Option(
            help="Evaluate with the poster alone or the overview alone; title: with the poster,"
            " and with the title in place of the overview."
        ),
    ] = None,
    any_language: AnyLanguageOption = False,
    out: Annotated[Path, typer.Option(help="Where to write the evaluation.")] = Path(
        "evaluation.json"
    ),
) -> None:
    """Evaluate a model on a split, with 95 % bootstrap intervals."""
    with needs_extra("parquet"):
        from posterplot.dataset.reading import open_dataset
        from posterplot.evaluation import evaluate as evaluate_predictions
        from posterplot.evaluation import evaluation_lock, predict_split, write_evaluation

    name = split_name(split)
    with evaluation_lock(out):
        model, dataset = open_model(bundle, any_language=any_language), open_dataset(data)
        statistics = dataset.manifest.splits.get(name)
        with progress("evaluating", statistics.films if statistics else 0) as advance:
            predicted = predict_split(model, dataset, name, advance, only)
        evaluation = evaluate_predictions(model, dataset, name, predicted)
        write_evaluation(evaluation, predicted.labelled(model.manifest.genres), out)
    _show(evaluation, out)


def _show(evaluation: "Evaluation", path: Path) -> None:
    from rich.table import Table

    table = Table("metric", "value", "95 % interval", box=None)
    for name, estimate in evaluation.overall.items():
        interval = f"{estimate.low:.3f} to {estimate.high:.3f}"
        # ECE is biased upwards on resamples, so the interval might not contain the estimate
        table.add_row(name, f"{estimate.value:.3f}", "-" if name == "ECE" else interval)
    console.print(table)
    rows = Table("genre", "films", "threshold", "precision", "recall", "F1", "AP", box=None)
    for row in evaluation.genres:
        estimates = (row.precision, row.recall, row.f1, row.average_precision)
        shown = ("-" if f.value is None else f"{f.value:.3f}" for f in estimates)
        rows.add_row(escape(row.genre), str(row.support), f"{row.threshold:.2f}", *shown)
    console.print(rows)
    films = count(evaluation.films, "film")
    print_note(f"{films} of {evaluation.split}; threshold rule: {evaluation.rule}")
    if not evaluation.same_dataset:
        print_note("the model was trained on another dataset: it may have seen some of these films")
    for reason, number in evaluation.left_out.items():
        print_note(f"{count(number, 'film')} left out: {reason}")
    for reason, number in evaluation.unread.items():
        print_note(f"{count(number, 'film')} evaluated without poster or overview: {reason}")
    if evaluation.absent_genres:
        absent = ", ".join(evaluation.absent_genres)
        print_note(f"no film of this split is {absent}: left out of macro averages")
    for genre, number in evaluation.unknown_genres.items():
        print_note(
            f"{count(number, 'film')} of the genre {genre}, which the model does not predict"
        )
    print_note(f"evaluation written to {path}")

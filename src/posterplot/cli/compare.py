"""The command ``compare``: compare two models on the same films."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from posterplot.cli.console import out as console
from posterplot.cli.console import print_note, progress
from posterplot.cli.films import split_name
from posterplot.cli.options import DatasetOption
from posterplot.errors import encodable
from posterplot.extras import needs_extra
from posterplot.films import Split
from posterplot.wording import count, signed

if TYPE_CHECKING:
    from posterplot.dataset.reading import Dataset
    from posterplot.evaluation.paired import Difference, ModelComparison, ModelPredictions


def compare(
    first: Annotated[Path, typer.Argument(help="A run or a bundle.")],
    second: Annotated[Path, typer.Argument(help="Another one.")],
    data: DatasetOption,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write the comparison: .json. Default: only print it."),
    ] = None,
) -> None:
    """Compare two models on the films that both can read, with paired 95 % intervals.

    A difference is the first model minus the second. If its interval excludes 0, the better model
    is named; for a genre, only if at least 10 films have it.
    """
    with needs_extra("parquet"):
        from posterplot.dataset.reading import open_dataset
        from posterplot.evaluation.paired import compare_models, write_comparison
    from posterplot.files import check_new_file, output_lock

    name = split_name(split)
    with nullcontext() if out is None else output_lock(out):
        if out is not None:
            check_new_file(out)
        dataset = open_dataset(data)
        models = [_predictions(path, dataset, name) for path in (first, second)]
        comparison = compare_models(*models)
        _show(comparison)
        if out is not None:
            write_comparison(comparison, out)
            print_note(f"comparison written to {out}")


def _predictions(path: Path, dataset: "Dataset", split: Split) -> "ModelPredictions":
    from posterplot.evaluation.evaluate import decide, predict_split
    from posterplot.evaluation.paired import ModelPredictions
    from posterplot.inference.bundle import load_bundle

    bundle = load_bundle(path)
    counted = dataset.manifest.splits.get(split)
    with progress(f"predicting: {path.name}", counted.films if counted else 0) as advance:
        predicted = predict_split(bundle, dataset, split, advance)
    name = path.parent.name if path.name == "bundle" else path.name
    labelled = predicted.labelled(bundle.manifest.genres)
    return ModelPredictions(
        encodable(name or bundle.manifest.name), labelled, decide(bundle, predicted)
    )


def _show(comparison: "ModelComparison") -> None:
    from rich.table import Table

    names = {"first": comparison.first, "second": comparison.second}
    header = (*map(escape, names.values()), "difference", "95 % interval", "better")
    table = Table("metric", *header, box=None)
    for name, difference in comparison.overall.items():
        table.add_row(name, *_cells(difference), escape(names.get(difference.better, "")))
    console.print(table)
    rows = Table("genre: AP", "films", *header, box=None)
    for genre in comparison.genres:
        better = escape(names.get(genre.better, ""))
        cells = _cells(genre.average_precision)
        rows.add_row(escape(genre.genre), str(genre.support), *cells, better)
    console.print(rows)
    print_note(f"{count(comparison.films, 'film')} that both models predict")
    if comparison.left_out:
        print_note(f"{count(comparison.left_out, 'film')} left out: only one model predicts them")
    if comparison.left_out_genres:
        genres = ", ".join(comparison.left_out_genres)
        print_note(f"left out, as only one model knows them: {genres}")


def _cells(difference: "Difference") -> tuple[str, ...]:
    d = difference
    if d.first is None or d.second is None or d.difference is None:
        return ("-", "-", "-", "-")
    interval = "-"
    if d.low is not None and d.high is not None:
        interval = f"{signed(d.low, 3)} to {signed(d.high, 3)}"
    return (f"{d.first:.3f}", f"{d.second:.3f}", signed(d.difference, 3), interval)

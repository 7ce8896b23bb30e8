"""The command ``report``: write one HTML page about runs and a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from posterplot.cli.console import print_note, progress
from posterplot.cli.films import split_name
from posterplot.cli.options import DatasetOption
from posterplot.extras import needs_extra


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Runs or bundles. The first model of each type represents its type."),
    ],
    data: DatasetOption,
    out: Annotated[Path, typer.Option(help="Where to write: .html.")] = Path("report.html"),
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
) -> None:
    """Compare models in one HTML page: poster, overview, and both."""
    with needs_extra("parquet"):
        from posterplot.dataset.reading import open_dataset
        from posterplot.report.report import report as run

    name = split_name(split)  # before the dataset is read
    run(runs, open_dataset(data), name, out, progress)
    print_note(f"report written to {out}")

"""The command ``prepare``: make a dataset from a catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posterplot.cli.console import STOPPED, print_note, progress
from posterplot.cli.console import out as console
from posterplot.cli.films import open_films, print_unread_posters
from posterplot.cli.options import (
    CATALOGUE_HELP,
    AllowOutsideOption,
    AllowPrivateOption,
    ColumnOption,
    DryRunOption,
    EncodingOption,
    LabelsOption,
    RemoteOption,
)
from posterplot.cli.summary_output import show_summary
from posterplot.errors import UsageError
from posterplot.extras import needs_extra
from posterplot.wording import count

if TYPE_CHECKING:
    from posterplot.dataset.manifest import DatasetManifest


def prepare(
    catalogue: Annotated[Path, typer.Argument(help=CATALOGUE_HELP)],
    out: Annotated[Path | None, typer.Option(help="The dataset folder to create.")] = None,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            max=2**32 - 1,  # NumPy's limit
            help="Seed of the split, if the catalogue has no split column.",
        ),
    ] = 0,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    labels: LabelsOption = None,
    allow_outside: AllowOutsideOption = False,
    remote: RemoteOption = False,
    allow_private: AllowPrivateOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Check the films of a catalogue, split them, and store them as a dataset."""
    if out is None and not dry_run:
        raise UsageError("the folder of the dataset is missing", hint="name it with --out DATASET")
    allowed = (allow_outside, remote, allow_private)
    if out is None or dry_run:
        show_summary(open_films(catalogue, column, encoding, labels, allowed=allowed))
        return
    with needs_extra("adapt"):
        from posterplot.dataset.prepare import prepare as run
    opened = open_films(catalogue, column, encoding, labels, allowed=allowed)
    try:
        with progress("preparing", opened.count()) as advance:
            manifest = run(opened, out, seed=seed, advance=advance)
    except KeyboardInterrupt:
        print_note("Stopped. The same command continues.")
        raise typer.Exit(STOPPED) from None
    _show(manifest, out)
    print_unread_posters(opened)
    if manifest.rejected:
        raise typer.Exit(1)


def _show(manifest: "DatasetManifest", path: Path) -> None:
    from rich.table import Table

    table = Table("split", "films", "with poster", "with overview", "genres per film", box=None)
    for name, split in manifest.splits.items():
        numbers = (split.films, split.with_poster, split.with_overview)
        table.add_row(name, *map(str, numbers), f"{split.cardinality:.2f}")
    console.print(table)
    groups = count(manifest.duplicate_groups, "group")
    print_note(
        f"{count(len(manifest.genres), 'genre')}; {manifest.duplicate_films} films are duplicates,"
        f" in {groups}"
    )
    for part, reasons in manifest.rejected.items():
        for reason, number in reasons.items():
            print_note(f"rejected: {number} × {part}: {reason}")
    if manifest.rejected:
        print_note(f"each is listed in {path / 'rejected.jsonl'}")
    print_note(f"dataset written to {path}")

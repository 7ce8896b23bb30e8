"""The verb ``prepare``: a catalogue becomes a dataset."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posterplot.cli.console import out as console
from posterplot.cli.console import progress, say
from posterplot.cli.options import needs_extra

if TYPE_CHECKING:
    from posterplot.dataset.manifest import DatasetManifest


def prepare(
    catalogue: Annotated[Path, typer.Argument(help="A table of films: .csv, .jsonl, .parquet.")],
    out: Annotated[Path, typer.Option(help="The dataset folder to create.")],
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the split, if the catalogue has no split column.")
    ] = 0,
) -> None:
    """Check the films of a catalogue, split them, and store them as a dataset."""
    with needs_extra("train"):
        from posterplot.catalogue import count_films
        from posterplot.dataset.prepare import prepare as run
    with progress("preparing", count_films(catalogue)) as advance:
        manifest = run(catalogue, out, seed=seed, advance=advance)
    _show(manifest, out)
    if manifest.rejected:
        raise typer.Exit(1)


def _show(manifest: "DatasetManifest", path: Path) -> None:
    from rich.table import Table

    table = Table("split", "films", "with poster", "with overview", "genres a film", box=None)
    for name, split in manifest.splits.items():
        numbers = (split.films, split.with_poster, split.with_overview)
        table.add_row(name, *map(str, numbers), f"{split.cardinality:.2f}")
    console.print(table)
    say(
        f"{len(manifest.genres)} genres; {manifest.duplicate_films} films are duplicates, in "
        f"{manifest.duplicate_groups} groups"
    )
    for part, reasons in manifest.rejected.items():
        for reason, count in reasons.items():
            say(f"set aside: {count} × {part}: {reason}")
    if manifest.rejected:
        say(f"each is listed in {path / 'rejected.jsonl'}")
    say(f"dataset written to {path}")

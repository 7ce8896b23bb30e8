"""Options that several verbs share, and the films that they name."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posterplot.cli.console import say
from posterplot.errors import UsageError
from posterplot.extras import needs_extra
from posterplot.films import SPLITS, Film, Rejected, Split

if TYPE_CHECKING:
    from posterplot.catalogue import Catalogue

CATALOGUE_HELP = "Films: a table (.csv, .tsv, .json, .jsonl, .parquet, .hdf5) or a folder."
CatalogueArgument = Annotated[Path | None, typer.Argument(help=CATALOGUE_HELP)]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=COLUMN",
        help="Where to read id, title, year, overview, genres, poster or split; repeatable.",
    ),
]
EncodingOption = Annotated[
    str | None, typer.Option(help="The encoding of the catalogue's text. Default: detected.")
]
LabelsOption = Annotated[
    Path | None,
    typer.Option(help="A file with the genres: MovieLens, title.basics.tsv, an IMDb export, …"),
]
AllowOutsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Read posters whose paths or links lead out of the catalogue's folder.",
    ),
]
RemoteOption = Annotated[
    bool,
    typer.Option(
        "--remote",
        help="Fetch posters from http(s)://, s3:// and gs:// addresses, and hf:// catalogues.",
    ),
]
AllowPrivateOption = Annotated[
    bool,
    typer.Option("--allow-private", help="With --remote: also from addresses of your network."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show how the catalogue is understood; do nothing.")
]
DatasetOption = Annotated[Path, typer.Option("--data", help="A prepared dataset.")]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", help="A bundle or a run. Default: the model in the package."),
]
PosterOption = Annotated[Path | None, typer.Option(help="A poster, instead of a table.")]
OverviewOption = Annotated[str | None, typer.Option(help="An overview, instead of a table.")]
TitleOption = Annotated[str, typer.Option(help="The title of that film.")]


def open_films(
    path: Path,
    column: list[str] | None,
    encoding: str | None,
    labels: Path | None = None,
    *,
    allowed: tuple[bool, bool, bool],
) -> "Catalogue":
    """Open a catalogue, and say how it is read where there was a choice.

    Args:
        path: of the catalogue.
        column, encoding, labels: values of their options.
        allowed: those of --allow-outside, --remote and --allow-private.
    """
    from posterplot.catalogue import Access, open_catalogue
    from posterplot.library.as_catalogue import open_library

    if allowed[2] and not allowed[1]:
        raise UsageError("--allow-private needs --remote", hint="add it, or leave both out")
    columns = {}
    for choice in column or ():
        name, _, value = (part.strip() for part in choice.partition("="))
        if not (name and value):
            raise UsageError(
                f"{choice!r} is not a field and a column",
                where="--column",
                hint="write FIELD=COLUMN, such as overview=plot",
            )
        columns[name] = value
    with needs_extra("hdf5" if path.suffix.lower() in (".hdf5", ".h5") else "parquet"):
        catalogue = open_catalogue(
            path,
            columns=columns,
            encoding=encoding,
            labels=labels,
            access=Access(*allowed),
            library=open_library,
        )
    for note in catalogue.table.notes:
        say(f"{path.name}: {note}")
    return catalogue


def say_elsewhere(catalogue: "Catalogue") -> None:
    """Print how many posters were not read as they are not among the catalogue's files."""
    from posterplot.catalogue.posters import posters_elsewhere

    for line in posters_elsewhere(catalogue.elsewhere, remote=catalogue.access.remote):
        say(line)


def films_of_split(data: Path, split: str) -> tuple[Iterable[Film | Rejected], int]:
    """Return the films of one split of a dataset, and how many there are."""
    with needs_extra("parquet"):
        from posterplot.dataset.reading import open_dataset

    dataset, name = open_dataset(data), split_name(split)
    counted = dataset.manifest.splits.get(name)
    return dataset.films(name), counted.films if counted else 0


def split_name(name: str) -> Split:
    """Return a split's name, or say which there are."""
    for split in SPLITS:
        if split == name:
            return split
    raise UsageError(
        f"there is no split {name!r}", where="--split", hint=f"give one of {', '.join(SPLITS)}"
    )

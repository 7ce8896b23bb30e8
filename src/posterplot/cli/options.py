"""Options that several verbs share, and the films that they name."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from posterplot.errors import UsageError
from posterplot.films import SPLITS, Film, Rejected, Split

CatalogueArgument = Annotated[
    Path | None, typer.Argument(help="A table of films: .csv, .jsonl, .parquet.")
]
DatasetOption = Annotated[Path, typer.Option("--data", help="A prepared dataset.")]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", help="A bundle or a run. Default: the model in the package."),
]
PosterOption = Annotated[Path | None, typer.Option(help="A poster, instead of a table.")]
OverviewOption = Annotated[str | None, typer.Option(help="An overview, instead of a table.")]
TitleOption = Annotated[str, typer.Option(help="The title of that film.")]


def films_of_table(catalogue: Path) -> tuple[Iterable[Film | Rejected], int]:
    """Return the films of a table, and how many rows it has."""
    from posterplot.catalogue import count_films, read_catalogue

    with needs_extra("parquet"):
        return read_catalogue(catalogue, splits=False), count_films(catalogue)


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


@contextmanager
def needs_extra(name: str) -> Iterator[None]:
    """Say which extra to install where a part of posterplot is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            f"this needs {error.name}, which is not installed",
            hint=f"pip install 'posterplot[{name}]'; in a clone: pip install '.[{name}]'",
        ) from error

"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

CATALOGUE_HELP = (
    "Films: a table (.csv, .tsv, .json, .jsonl, .parquet, .hdf5), a folder, or - for a table on"
    " standard input."
)
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
        help="Fetch posters from http(s)://, s3:// and gs:// addresses, and catalogues from s3://,"
        " gs:// and hf://.",
    ),
]
AllowPrivateOption = Annotated[
    bool,
    typer.Option("--allow-private", help="With --remote: also from addresses of your network."),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Show how the catalogue is interpreted; write nothing."),
]
DatasetOption = Annotated[Path, typer.Option("--data", help="A prepared dataset.")]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", help="A bundle or a run. Default: the model in the package."),
]
PosterOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="PATH",
        help="A poster, or - for standard input; repeatable. Instead of a catalogue.",
    ),
]
OverviewOption = Annotated[
    str | None,
    typer.Option(help="An overview, or - for standard input. Instead of a catalogue."),
]
TitleOption = Annotated[str, typer.Option(help="The film's title, with --poster or --overview.")]

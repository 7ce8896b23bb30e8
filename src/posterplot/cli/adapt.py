"""The command ``adapt``: train other genres on the features of a trained model."""

from pathlib import Path
from typing import Annotated

import typer

from posterplot.cli.console import print_note
from posterplot.cli.films import open_films, print_unread_posters
from posterplot.cli.options import (
    CATALOGUE_HELP,
    AllowOutsideOption,
    AllowPrivateOption,
    ColumnOption,
    EncodingOption,
    ModelOption,
    RemoteOption,
)
from posterplot.cli.trust import open_model
from posterplot.errors import OutputError
from posterplot.extras import needs_extra
from posterplot.films import Film
from posterplot.wording import listing


def adapt(
    catalogue: Annotated[Path, typer.Argument(help=CATALOGUE_HELP)],
    out: Annotated[Path, typer.Option(help="The folder of the new bundle.")],
    model: ModelOption = None,
    name: Annotated[
        str, typer.Option(help="Name of the new model, stored in its bundle.")
    ] = "adapted",
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    allow_outside: AllowOutsideOption = False,
    remote: RemoteOption = False,
    allow_private: AllowPrivateOption = False,
) -> None:
    """Learn your own genres from labelled films, without PyTorch.

    The genres may be any words. A few hundred films are enough. There must be at least 50 films
    with genres, 8 with each genre and 2 without it.
    """
    from posterplot.files import output_lock

    with needs_extra("adapt"):
        from posterplot.training.adapt.adapt import adapt as adapt_model

    with output_lock(out):
        if out.exists():
            raise OutputError(
                "exists already", where=out, hint="remove it, or choose another folder"
            )
        opened = open_films(
            catalogue, column, encoding, allowed=(allow_outside, remote, allow_private)
        )
        films = [film for film in opened.films(splits=False) if isinstance(film, Film)]
        adapted = adapt_model(open_model(model), films, out, name)
    print_note(f"{len(adapted.support)} genres learned from {adapted.films} films")
    if adapted.left_out:
        genres = [f"{genre} ({films})" for genre, films in sorted(adapted.left_out.items())]
        print_note(f"left out, with too few films or too many: {listing(genres)}")
    print_unread_posters(opened)
    print_note(f"bundle written to {adapted.bundle.path}")

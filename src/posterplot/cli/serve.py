"""The command ``serve``: serve a page and a REST API over HTTP."""

import os
from typing import Annotated

import typer

from posterplot.cli.console import print_note
from posterplot.cli.options import ModelOption
from posterplot.cli.trust import (
    AnyLanguageOption,
    PrecisionOption,
    RecallOption,
    open_model,
)

_TOKEN = "POSTERPLOT_TOKEN"  # noqa: S105 - the name of a variable


def serve(
    model: ModelOption = None,
    precision: PrecisionOption = None,
    recall: RecallOption = None,
    any_language: AnyLanguageOption = False,
    host: Annotated[
        str, typer.Option(help="Address to listen on. The default is this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(envvar=_TOKEN, help="Require this token from every client."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            envvar="POSTERPLOT_ALLOW_HOST",
            help="Accept requests to this host name (repeatable). "
            "The default is names of this machine.",
        ),
    ] = None,
) -> None:
    """Serve a page and a REST API over HTTP."""
    from posterplot.serve.http.server import serve as run

    run(
        lambda: open_model(model, precision, recall, any_language=any_language),
        host=host,
        port=port,
        token=os.environ.get(_TOKEN) if token is None else token,  # typer ignores an empty variable
        allowed_hosts=allow_host or (),
        log=print_note,
    )

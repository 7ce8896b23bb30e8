"""The command ``serve``: a page and REST over HTTP."""

import os
from typing import Annotated

import typer

from posterplot.cli.console import print_note
from posterplot.cli.options import ModelOption

_TOKEN = "POSTERPLOT_TOKEN"  # noqa: S105 - the name of a variable


def serve(
    model: ModelOption = None,
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
            envvar="POSTERPLOT_ALLOW_HOST",
            help="Accept requests to this host name (repeatable). "
            "The default is names of this machine.",
        ),
    ] = None,
) -> None:
    """Serve a page and a REST API; see docs/serving.md."""
    from posterplot.inference.bundle import shipped_bundle
    from posterplot.serve.http.server import serve as run

    run(
        model or shipped_bundle(),
        host=host,
        port=port,
        token=os.environ.get(_TOKEN) if token is None else token,  # typer ignores an empty variable
        allowed_hosts=allow_host or (),
        say=print_note,
    )

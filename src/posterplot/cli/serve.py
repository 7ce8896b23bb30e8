"""The verb ``serve``: a page and REST over HTTP."""

from typing import Annotated

import typer

from posterplot.cli.console import say
from posterplot.cli.options import ModelOption


def serve(
    model: ModelOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on. The default is this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(envvar="POSTERPLOT_TOKEN", help="Require this token from every client."),
    ] = None,
) -> None:
    """Serve a page and a REST API; see docs/serving.md."""
    from posterplot.inference.bundle import shipped_bundle
    from posterplot.serve.server import serve as run

    run(model or shipped_bundle(), host=host, port=port, token=token, say=say)

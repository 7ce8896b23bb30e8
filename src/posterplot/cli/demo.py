"""The command ``demo``: prepare, train, evaluate and report on an invented catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from posterplot.cli.console import STOPPED, print_note, progress
from posterplot.extras import needs_extra


def demo(
    out: Annotated[Path, typer.Option(help="The folder to fill.")] = Path("demo"),
) -> None:
    """Run the steps on invented films: prepare, train, evaluate, predict, report."""
    with needs_extra("train"):  # everything that the job needs, before the first file is written
        import posterplot.dataset.prepare
        import posterplot.training.families.tfidf
        import posterplot.training.loop.fit  # noqa: F401
        from posterplot.demo.pipeline import run
    from posterplot.cli.main import app

    def command(arguments: list[str]) -> None:
        if app(arguments, standalone_mode=False) == STOPPED:
            print_note(f"the demo cannot be continued; remove {out} and run it again")
            raise typer.Exit(STOPPED)

    run(out, command, progress=progress)

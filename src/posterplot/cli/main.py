"""The program: its commands, and how it exits."""

import inspect
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from posterplot import __version__
from posterplot.cli.audit import audit
from posterplot.cli.console import err, print_error
from posterplot.cli.demo import demo
from posterplot.cli.evaluate import evaluate
from posterplot.cli.explain import explain
from posterplot.cli.export import export
from posterplot.cli.info import info
from posterplot.cli.predict import predict
from posterplot.cli.prepare import prepare
from posterplot.cli.report import report
from posterplot.cli.serve import serve
from posterplot.cli.tag import tag
from posterplot.cli.train import train
from posterplot.errors import PosterplotError

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 done; 1 done, but some films could not be used; 2 the call or its input is wrong.
    """
    # A letter that the terminal's encoding lacks is shown as its number. It is no reason to stop.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = app(arguments, standalone_mode=False)
    except PosterplotError as error:
        code = print_error(str(error))
    except TyperException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "posterplot")
        code = print_error(f"{error.format_message().rstrip('.')}; see {command} --help")
    except (KeyboardInterrupt, typer.Abort):
        err.print("Stopped.")
        code = 130
    sys.exit(code or 0)


@app.callback(invoke_without_command=True)
def posterplot(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Predict the genres of films from their posters and plots."""
    if version:
        typer.echo(f"posterplot {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


_COMMANDS = (
    *(prepare, train, evaluate, report, predict, tag, explain, audit, serve),
    *(info, export, demo),
)
for _command in _COMMANDS:
    # the whole first paragraph in the list of commands, which would be cut otherwise
    _summary = inspect.cleandoc(_command.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    app.command(short_help=_summary)(_command)

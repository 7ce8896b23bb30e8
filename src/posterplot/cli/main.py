"""The program: its verbs, and how it exits."""

import signal
import sys
import traceback
from typing import Annotated

import typer
from typer.exceptions import TyperException

from posterplot import __version__
from posterplot.cli.audit import audit
from posterplot.cli.console import complain, err
from posterplot.cli.demo import demo
from posterplot.cli.evaluate import evaluate
from posterplot.cli.explain import explain
from posterplot.cli.failures import discard_output, failure_line, terminable, with_option
from posterplot.cli.info import info
from posterplot.cli.predict import predict
from posterplot.cli.prepare import prepare
from posterplot.cli.report import report
from posterplot.cli.serve import serve
from posterplot.cli.tag import tag
from posterplot.cli.train import train
from posterplot.errors import PosterplotError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit.

    Exit codes: 0 done; 1 done, but some films could not be used; 2 the call or its input is wrong;
    130 or 143 stopped by Ctrl-C or by SIGTERM.
    """
    received: list[int] = []
    try:
        with terminable() as received:
            code = app(arguments, standalone_mode=False)
            sys.stdout.flush()
    except PosterplotError as error:
        code = complain(with_option(error))
    except TyperException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "posterplot")
        code = complain(f"{error.format_message().rstrip('.')}; see {command} --help")
    except (KeyboardInterrupt, typer.Abort):
        err.print("stopped; continue train, or predict --out, with --resume")
        code = 128 + signal.SIGINT
    except Exception as error:
        line = failure_line(error)
        if line is None:
            traceback.print_exc()
            line = "this is a fault of posterplot; please report it with the lines above"
        code = complain(line)
        discard_output()
    sys.exit(128 + received[0] if received else code or 0)


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


for _verb in (prepare, train, evaluate, predict, tag, explain, audit, info, report, serve, demo):
    app.command()(_verb)

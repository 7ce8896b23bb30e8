"""The command line: its commands and exit codes."""

import functools
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from posterplot import __version__
from posterplot.cli.adapt import adapt
from posterplot.cli.audit import audit
from posterplot.cli.calibrate import calibrate
from posterplot.cli.compare import compare
from posterplot.cli.console import CLOSED_PIPE, STOPPED, print_error, print_note
from posterplot.cli.demo import demo
from posterplot.cli.evaluate import evaluate
from posterplot.cli.explain import explain
from posterplot.cli.export import export
from posterplot.cli.failures import (
    discard_output,
    failure_line,
    is_closed_pipe,
    name_streams,
    terminable,
)
from posterplot.cli.info import info
from posterplot.cli.option_names import error_line
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

    Exit codes: 0 done; 1 done, but some films could not be used; 2 the call or its input is wrong;
    130 or 143 stopped by Ctrl-C or by SIGTERM; 141 the output is a pipe that was closed.
    """
    name_streams()
    # Characters that the terminal's encoding lacks are escaped, instead of raising an error.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    # Arrow's own allocator keeps tens of MB of freed memory. Arrow reads this when it is imported.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        code = _run(arguments)
    except (BrokenPipeError, SystemExit) as stopped:
        # typer and rich exit with 1 after any broken pipe
        error = stopped.__context__ if isinstance(stopped, SystemExit) else stopped
        if not isinstance(error, BrokenPipeError):
            raise
        code = CLOSED_PIPE if is_closed_pipe(error) else print_error(str(failure_line(error)))
    discard_output()
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """Run a command, print its error, and return the exit code."""
    received: list[int] = []
    try:
        with terminable() as received:
            code = app(arguments, standalone_mode=False)
            sys.stdout.flush()
    except PosterplotError as error:
        code = print_error(error_line(error))
    except TyperException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "") or _called(arguments)
        message = error.format_message().rstrip(".")
        # posters into which the shell has expanded a pattern
        several = "--poster" in (arguments or sys.argv) and "unexpected extra argument" in message
        hint = "write --poster before each poster, or give their folder; " if several else ""
        code = print_error(f"{message}; {hint}see {command} --help")
    except (KeyboardInterrupt, typer.Abort):  # before or after the command itself
        code = STOPPED
    except BrokenPipeError:
        raise
    except Exception as error:
        line = failure_line(error)
        if line is None:
            with suppress(MemoryError):
                traceback.print_exc()
            line = "this is a bug in posterplot; please report it with the lines above"
        code = print_error(line)
    if code == STOPPED and received:  # serve ends by itself, with 0
        code = 128 + received[0]
    return code or 0


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


def _called(arguments: list[str] | None) -> str:
    """Return the command of a call, for errors that do not name it."""
    first = (sys.argv[1:] if arguments is None else arguments)[:1]
    known = {command.__name__ for command in _COMMANDS}
    return " ".join(["posterplot", *(name for name in first if name in known)])


def _stoppable(command: Callable[..., None]) -> Callable[..., None]:
    """Make a command end with one line after Ctrl-C; typer would print none."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            print_note("Stopped.")
            raise typer.Exit(STOPPED) from None

    return run


_COMMANDS = (
    *(prepare, train, evaluate, compare, report, predict, tag, explain, audit, serve),
    *(calibrate, adapt, info, export, demo),
)
# an extra that a command always needs; the other commands run on the core install
_EXTRAS = {
    **dict.fromkeys((train, demo), "train"),
    **dict.fromkeys((evaluate, compare, report), "parquet"),
    **dict.fromkeys((prepare, calibrate, adapt), "adapt"),
    audit: "audit",
}
for _command in _COMMANDS:
    # show the whole first paragraph in the list of commands, which would be cut otherwise
    _summary = inspect.cleandoc(_command.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    _epilog = f"Needs posterplot[{_EXTRAS[_command]}]." if _command in _EXTRAS else None
    app.command(short_help=_summary, epilog=_epilog)(_stoppable(_command))

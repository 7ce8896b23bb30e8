"""Replace arguments of the Python API by command-line options in messages."""

import re
from functools import cache

from posterplot.errors import PosterplotError, UsageError

# Arguments of the Python API -> parameters of commands that have another name.
_PARAMETERS = {
    "allowed_hosts": "allow_host",
    "columns": "column",
    "genres": "genre",
    "overrides": "set_",
}
# An argument in a message: `remote`, `remote=True`, `host='films.lan'`, `columns={"poster": NAME}`.
ARGUMENT = re.compile(r"`([a-z_]+)(?:=([^`]+))?`")
_ITEM = re.compile(r"""\{(["'])(.*?)\1: (.*)\}""")


@cache
def _options() -> dict[str, str]:
    """Return parameter -> option, as the commands declare them."""
    from typer.main import get_command

    from posterplot.cli.main import app

    commands = getattr(get_command(app), "commands", {}).values()
    parameters = [parameter for command in commands for parameter in command.params]
    return {p.name: p.opts[0] for p in parameters if p.param_type_name == "option"}


def option_of(argument: str) -> str | None:
    """Return the option for an argument of the Python API; None if no command has one.

    >>> option_of("allow_outside"), option_of("columns"), option_of("other")
    ('--allow-outside', '--column', None)
    """
    return _options().get(_PARAMETERS.get(argument, argument))


def with_options(text: str) -> str:
    """Replace the arguments in a message, which are in backticks, by options.

    >>> with_options('`remote=True` downloads it')
    '--remote downloads it'
    >>> with_options('choose another: `columns={"poster": COLUMN}`')
    'choose another: --column poster=COLUMN'
    """
    return ARGUMENT.sub(_replacement, text)


def error_line(error: PosterplotError) -> str:
    """Return an error as one line that names options in place of arguments."""
    if isinstance(error, UsageError) and (option := option_of(error.argument)):
        error = UsageError(error.what, where=option, hint=error.hint)
    return with_options(str(error))


def _replacement(match: re.Match[str]) -> str:
    option, value = option_of(match[1]), match[2]
    if option is None:
        return match[0]
    if value in (None, "True"):
        return option
    if item := _ITEM.fullmatch(value):
        return f"{option} {item[2]}={item[3]}"
    return f"{option} {value.strip(chr(39))}"

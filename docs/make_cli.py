"""Write docs/cli.md from the command line's own help, so that the two cannot differ."""

from pathlib import Path

from typer.main import get_command

from posterplot.cli import app

PAGE = Path(__file__).parent / "cli.md"

INTRODUCTION = """\
# The command line

This page is generated from `--help` by `make docs`.

Exit codes:

- 0: done.
- 1: done, but some films could not be used, or only in part. Each is named on stderr or in
  `rejected.jsonl`, and in the output.
- 2: the command or its input is wrong, or the disk or the memory is full. One line says what,
  where, and how to fix it.
- 130, 143: stopped by Ctrl-C, or by SIGTERM. Nothing half-written is left; `train` and `predict`
  continue with `--resume`, `prepare` and `predict --engine ray` without.
- 141: the output goes into a pipe that was closed, as by `| head`.
"""


def page() -> str:
    """Return the page."""
    command = get_command(app)
    parts = [INTRODUCTION]
    for name in command.list_commands(None):
        verb = command.get_command(None, name)
        context = verb.make_context(
            f"posterplot {name}",
            [],
            resilient_parsing=True,
            max_content_width=88,
            terminal_width=88,
            help_option_names=["-h", "--help"],
        )
        parts.append(f"## posterplot {name}\n\n```\n{verb.get_help(context).strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())

"""Print the output of ``tag``: a line for each film, the counts, and advice on media servers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import typer

from posterplot.cli.console import out as console
from posterplot.cli.console import print_film_error, print_note
from posterplot.cli.option_names import with_options
from posterplot.wording import count

if TYPE_CHECKING:
    from rich.text import Text

    from posterplot.library.plan import Decision, Mode

_STYLES = {"write": "green", "keep": "dim", "skip": "yellow"}


def show_decision(decision: "Decision", mode: "Mode") -> None:
    """Print a film's line: columns on a terminal, separated by tabs elsewhere."""
    path, why = printable(decision.path), printable(with_options(decision.reason))
    if not console.is_terminal:
        typer.echo("\t".join((decision.action, path, _genres(decision, mode), why)))
        if decision.is_error:
            print_film_error(path, "", why)
        return
    from rich.table import Table
    from rich.text import Text

    width = console.width
    film = max(16, (width - 9) * 2 // 5)
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=5)
    row.add_column(width=film, no_wrap=True, overflow="ellipsis")
    row.add_column(width=width - film - 9)
    style = "red" if decision.is_error else _STYLES[decision.action]
    row.add_row(
        Text(decision.action, style), Text(_short(path), style), _result(decision, mode, why, style)
    )
    console.print(row)


def print_counts(counts: "Counter[str]", *, write: bool) -> None:
    """Print how many films were written or would be written, and what to do next."""
    done = "written" if write else "to write"
    print_note(
        f"{count(counts['write'], 'film')} {done}, {counts['keep']:,} kept,"
        f" {counts['skip']:,} skipped"
    )
    if left_out := counts["unfamiliar"]:
        print_note(
            f"of the skipped, {left_out:,} left out by --only-familiar: unlike the films that this "
            "model was measured on"
        )
    if not write and counts["write"]:
        print_note("nothing was changed; run it again with --write to write these genres")


def print_stopped(*, write: bool) -> None:
    """Print what an interrupted call leaves."""
    if write:
        print_note("stopped; run it again to continue, or --undo to restore what is written")
    else:
        print_note("stopped; nothing was changed")


def printable(text: str) -> str:
    """Make a name safe to print: without line breaks, escape sequences and lone surrogates."""
    return "".join(_letters(text)).encode("utf-8", "backslashreplace").decode()


def _letters(text: str) -> Iterator[str]:
    for letter in text:
        plain = letter.isprintable() or "\udc80" <= letter <= "\udcff"
        yield letter if plain else letter.encode("unicode_escape").decode()


def _result(decision: "Decision", mode: "Mode", why: str, style: str) -> "Text":
    """Return the last column: the genres, and the reason if there is one."""
    from rich.text import Text

    genres = _genres(decision, mode)
    if not genres:
        return Text(why, style)
    text = Text(genres, "bold" if decision.action == "write" else style)
    return text.append(f" ({why})", style) if why not in ("", "has genres") else text


def _genres(decision: "Decision", mode: "Mode") -> str:
    """Return the genres of a film after the change, or its present ones."""
    there, new = ", ".join(decision.genres), ", ".join(decision.write)
    if decision.action == "keep":
        return printable(there)
    if decision.action == "skip":
        return ""
    if decision.tags:
        tags = f"tag{'s' * (len(decision.tags) > 1)} {', '.join(decision.tags)}"
        new = f"{new}; {tags}" if new else tags
    if there:
        new = f"{there} {'→' if mode == 'replace' else '+'} {new}"
    return printable(new)


def _short(path: str) -> str:
    """Return the folder alone if the file in it has the same name."""
    pure = PurePosixPath(path)
    folder = pure.parent.name
    return str(pure.parent) if folder and pure.stem.startswith(folder) else path

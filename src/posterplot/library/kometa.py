"""Write genres to a Kometa metadata file, for Plex libraries that read no NFO files."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from posterplot.files import check_suffix
from posterplot.library.plan import Decision

SUFFIXES = (".yml", ".yaml")

# The first line of every file that posterplot writes. Only a file that has it is replaced.
_FIRST_LINE = "# Written by posterplot, which replaces this file: edit a copy."

# These characters cannot be in a YAML file, not even in quotes, and JSON does not escape them.
_NOT_YAML = re.compile("[\x7f-\x9f\ufffe\uffff]")


@contextmanager
def open_kometa(
    path: Path,
    *,
    replace: bool,
    is_written: Callable[[Decision], bool] = lambda decision: False,
    note: Callable[[str], None] = lambda text: None,
) -> Iterator[Callable[[Decision], None]]:
    """Yield a function that adds a film to a Kometa file.

    Kometa matches films by title and year. Films without a title or without predicted genres are
    left out, and so are a film and a series with the same title and year.

    Args:
        path: ``.yml`` or ``.yaml``.
        replace: Whether the genres in Plex are replaced (``genre.sync``), rather than added to.
        is_written: Whether the genres that a film keeps were written by posterplot, in an earlier
            call. Otherwise they are left out.
        note: Called at the end with a line for the user for each film and series left out.

    Raises:
        OutputError: The suffix is another one.

    """
    check_suffix(path, *SUFFIXES)
    attribute = "genre.sync" if replace else "genre"
    kinds: dict[str, set[str]] = {}
    entries: dict[str, str] = {}

    def add(decision: Decision) -> None:
        genres = decision.predicted
        if not genres and decision.action == "keep" and decision.title and is_written(decision):
            genres = decision.genres
        title = " ".join(decision.title.split())
        if not genres or not title:
            return
        name = f"{title} ({decision.year})" if decision.year else title
        kinds.setdefault(name, set()).add(decision.kind)
        # JSON strings are valid YAML, with quotes escaped
        year = f"\n      year: {decision.year}" if decision.year else ""
        entry = (
            f"\n  {_quote(name)}:\n    match:\n      title: {_quote(title)}{year}"
            f"\n    {attribute}: [{', '.join(map(_quote, genres))}]"
        )
        entries.setdefault(name, entry)  # a second copy of a film has the same entry

    yield add
    for name in (name for name in entries if len(kinds[name]) > 1):
        note(f"{name} is a film and a series: neither is in the Kometa file")
    with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(_FIRST_LINE + "\n")
        used = [entry for name, entry in entries.items() if len(kinds[name]) == 1]
        stream.write(f"metadata:{''.join(used) or ' {}'}\n")


def is_kometa_file(path: Path) -> bool:
    """Return whether :func:`open_kometa` wrote a file.

    Raises:
        OSError: The file cannot be read.

    """
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.readline(200).rstrip() == _FIRST_LINE.encode()


def _quote(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)

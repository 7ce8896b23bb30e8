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
) -> Iterator[Callable[[Decision], None]]:
    """Yield a function that adds a film to a Kometa file.

    Kometa matches films by title and year. Films without a title or without predicted genres are
    left out.

    Args:
        path: ``.yml`` or ``.yaml``.
        replace: Whether the genres in Plex are replaced (``genre.sync``), rather than added to.
        is_written: Whether the genres that a film keeps were written by posterplot, in an earlier
            call. Otherwise they are left out.

    Raises:
        OutputError: The suffix is another one.

    """
    check_suffix(path, *SUFFIXES)
    attribute = "genre.sync" if replace else "genre"
    seen: set[str] = set()
    with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(f"{_FIRST_LINE}\nmetadata:")

        def add(decision: Decision) -> None:
            genres = decision.write
            if decision.action == "keep" and decision.title and is_written(decision):
                genres = decision.genres
            if not genres or not decision.title:
                return
            name = f"{decision.title} ({decision.year})" if decision.year else decision.title
            if name in seen:  # a second copy of a film has the same entry
                return
            seen.add(name)
            # JSON strings are valid YAML, with quotes escaped
            stream.write(f"\n  {_quote(name)}:\n    match:\n      title: {_quote(decision.title)}")
            if decision.year:
                stream.write(f"\n      year: {decision.year}")
            stream.write(f"\n    {attribute}: [{', '.join(map(_quote, genres))}]")

        yield add
        stream.write("\n" if seen else " {}\n")


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
    quoted = json.dumps(" ".join(text.split()), ensure_ascii=False)
    return _NOT_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)

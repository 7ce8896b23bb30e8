"""Read the films that a command line gives: a catalogue, posters, an overview, or stdin."""

import atexit
import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from posterplot.cli.console import print_note
from posterplot.errors import UsageError, encodable
from posterplot.extras import needs_extra
from posterplot.films import SPLITS, Film, Rejected, Split

if TYPE_CHECKING:
    from posterplot.catalogue import Catalogue

STDIO = Path("-")  # ``-`` is standard input or standard output

_MAX_PATH_WORDS = 3  # a longer argument that is not a file may be an overview
_POSTER_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".heic"}
)


def open_films(
    path: Path,
    column: Sequence[str] | None,
    encoding: str | None,
    labels: Path | None = None,
    *,
    allowed: tuple[bool, bool, bool] = (False, False, False),
) -> "Catalogue":
    """Open a catalogue, and print how it was interpreted where that is not obvious.

    Args:
        path: Path of the catalogue; ``-`` is standard input, whose posters are relative to the
            working folder.
        column: Values of ``--column``, such as ``overview=plot``.
        encoding: Encoding of the text; None to detect it.
        labels: A file with the genres.
        allowed: Values of --allow-outside, --remote and --allow-private.

    """
    from posterplot.catalogue import Access, open_catalogue
    from posterplot.catalogue.columns import FIELDS
    from posterplot.library.as_catalogue import open_library

    if allowed[2] and not allowed[1]:
        raise UsageError("--allow-private needs --remote", hint="add it, or leave both out")

    if path.suffix.lower() in _POSTER_SUFFIXES:
        raise UsageError(
            "is a poster, not a catalogue",
            where=path,
            hint=f"write --poster {shlex.quote(str(path))}",
        )
    if len(str(path).split()) > _MAX_PATH_WORDS and not path.exists():
        raise UsageError(
            "no such file", where=path, hint="check the path, or write --overview before a text"
        )
    columns = {}
    for choice in column or ():
        name, _, value = (part.strip() for part in choice.partition("="))
        if not (name and value):
            raise UsageError(
                f"{choice!r} is not a field and a column",
                where="--column",
                hint="write FIELD=COLUMN, such as overview=plot",
            )
        if value in FIELDS and name not in FIELDS:
            raise UsageError(
                f"{choice!r} names the column before the field",
                where="--column",
                hint=f"write {shlex.quote(f'{value}={name}')}",
            )
        columns[name] = value
    file = _save_stdin() if path == STDIO else path
    with needs_extra("hdf5" if file.suffix.lower() in (".hdf5", ".h5") else "parquet"):
        catalogue = open_catalogue(
            file,
            columns=columns,
            encoding=encoding,
            labels=labels,
            access=Access(*allowed),
            library=open_library,
        )
    missing = [field for field in ("title", "overview") if field not in catalogue.columns.used]
    if missing and catalogue.columns.unused:
        print_note(
            f"{file.name}: no column is recognised as {' or '.join(missing)};"
            f" name it with --column {missing[0]}=COLUMN"
        )
    for note in catalogue.table.notes:
        print_note(f"{file.name}: {note}")
    if path == STDIO:
        return replace(catalogue, table=replace(catalogue.table, folder=Path.cwd()))
    return catalogue


def print_unread_posters(catalogue: "Catalogue") -> None:
    """Print how many posters were not read because they are not among the catalogue's files."""
    from posterplot.catalogue.posters import unread_poster_lines

    for line in unread_poster_lines(catalogue.unread_posters, remote=catalogue.access.remote):
        print_note(line)


def check_source(
    posters: Sequence[Path] | None,
    overview: str | None,
    title: str,
    *,
    catalogue: Path | None,
    data: Path | None = None,
    has_data_option: bool = False,
) -> None:
    """Check that a call gives films in exactly one way.

    Args:
        posters, overview, title: Values of ``--poster``, ``--overview`` and ``--title``.
        catalogue: Value of the catalogue argument.
        data: Value of ``--data``.
        has_data_option: Whether the command has ``--data``.

    Raises:
        UsageError: The call gives no films, gives them in several ways, or gives too little of a
            film.

    """
    values = {"--poster": posters, "--overview": overview is not None, "--title": title}
    options = [name for name, value in values.items() if value]
    sources = [name for name, path in (("a catalogue", catalogue), ("--data", data)) if path]
    sources += [" and ".join(options)] if options else []
    if len(sources) > 1:
        hint = "leave one of them out"
        if posters and catalogue and catalogue.suffix.lower() in _POSTER_SUFFIXES:
            hint = "write --poster before each poster, or give a folder of posters as the catalogue"
        raise UsageError(f"{sources[0]} and {sources[1]} exclude each other", hint=hint)
    if not sources:
        with_data = ", or --data" if has_data_option else ""
        raise UsageError(f"give a catalogue{with_data}, or --poster, --overview or both")
    if options == ["--title"]:
        raise UsageError("a title alone is not enough", hint="add --poster or --overview")
    if options and not posters and not (overview or "").strip():
        raise UsageError("is empty", where="--overview", hint="write what the film is about")


def films_from_options(
    posters: Sequence[Path] | None, overview: str | None, title: str
) -> list[Film | Rejected]:
    """Return the films of ``--poster``, ``--overview`` and ``--title``.

    Each poster is a film of its own. ``-`` reads a poster or an overview from standard input.

    Raises:
        UsageError: An overview or a title for several posters, or two inputs from standard input.

    """
    posters = posters or []
    if len(posters) > 1 and (overview or title):
        raise UsageError(
            "--overview and --title describe one film, and several posters are given",
            hint="write a table of films",
        )
    if [*posters, overview and Path(overview)].count(STDIO) > 1:
        raise UsageError("only one input can be read from standard input")
    if overview == str(STDIO):
        overview = sys.stdin.read()
    if len(posters) > 1:
        return [Film(encodable(str(path)), "", None, None, (), _poster(path)) for path in posters]
    poster = _poster(posters[0]) if posters else None
    return [Film("", title, None, overview, (), poster)]


def films_of_split(data: Path, split: str) -> tuple[Iterable[Film | Rejected], int]:
    """Return the films of one split of a dataset, and how many there are."""
    with needs_extra("parquet"):
        from posterplot.dataset.reading import open_dataset

    dataset, name = open_dataset(data), split_name(split)
    counted = dataset.manifest.splits.get(name)
    return dataset.films(name), counted.films if counted else 0


def split_name(name: str) -> Split:
    """Return the name of a split, or raise an error that lists the splits."""
    for split in SPLITS:
        if split == name:
            return split
    raise UsageError(
        f"there is no split {name!r}", where="--split", hint=f"give one of {', '.join(SPLITS)}"
    )


def _poster(path: Path) -> Path | bytes:
    return sys.stdin.buffer.read() if path == STDIO else path


def _save_stdin() -> Path:
    """Write standard input to a temporary file, whose suffix follows from the content."""
    folder = tempfile.TemporaryDirectory(prefix="posterplot-")
    atexit.register(folder.cleanup)
    received = Path(folder.name) / "received"
    with received.open("wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    with received.open("rb") as stream:
        line = stream.readline(1 << 20).strip()
    return received.rename(received.with_name(f"standard input{_suffix(line)}"))


def _suffix(line: bytes) -> str:
    """Return the suffix of a table, judged by its first line."""
    if line.startswith(b"PAR1"):
        return ".parquet"
    if line.startswith(b"\x89HDF"):
        return ".hdf5"
    compressed = ".gz" if line.startswith(b"\x1f\x8b") else ""
    if not line.startswith((b"{", b"[")):
        return f".csv{compressed}"
    try:
        return ".jsonl" if isinstance(json.loads(line), dict) else ".json"
    except ValueError:
        return ".json"

"""Read CSV files with a header; quoted fields may hold line breaks."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from itertools import chain, islice, tee
from pathlib import Path
from typing import Any

from posterplot.catalogue.columns import genre_flags, known_columns
from posterplot.catalogue.csv_count import count_records
from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.text_file import (
    encoding_of,
    lines_of,
    open_bytes,
    open_text,
    shown_encoding,
)
from posterplot.errors import CatalogueError

# Characters per field. csv.field_size_limit is global to the process, so it is only ever raised.
_MAX_FIELD_CHARS = 2**22
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SEP = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_BACKSLASH_ESCAPE = re.compile(r'\\([\\"])')
_ESCAPE_SAMPLE_CHARS = 2**20  # at the start of a table; thousands of overviews
_MAX_KEPT_LINES = 1000  # parsed lines that are kept, so that dropping them takes no time
_MAX_LINES_AHEAD = 100  # of a record after a broken one
_FIRST_ROWS = 50  # rows inspected to find columns of 0 and 1 genre flags


def open_csv(path: Path, encoding: str | None = None) -> Table:
    """Open a CSV table. The delimiter and the line ends are detected.

    Args:
        path: Path of the file, which may be compressed by gzip. It is separated by commas,
            semicolons, tabs or vertical bars.
        encoding: Name of the encoding; None detects it.

    Raises:
        CatalogueError: The file cannot be read or decoded, or has no header.
    """
    encoding = encoding_of(path, encoding)
    delimiter = _delimiter(path, encoding)
    # IMDb's TSV files do not quote fields: a quotation mark is an ordinary character
    unquoted = delimiter == "\t" and "tconst" in _header(path, encoding, delimiter)
    reader_options = {
        "delimiter": delimiter,
        "quoting": csv.QUOTE_NONE if unquoted else csv.QUOTE_MINIMAL,
        "strict": not unquoted,
    }
    header = _header(path, encoding, delimiter)
    if not any(header):
        raise CatalogueError("has no header", where=path, hint="give it a header and rows")
    escaped = not unquoted and _has_backslash_escapes(path, encoding, reader_options)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        with _open_lines(path, encoding, escaped) as lines:
            yield from _rows(lines, reader_options, header, wanted)

    def count() -> int:
        records = None if escaped else _quick_count(path, encoding, reader_options)
        if records is None:
            with _open_lines(path, encoding, escaped) as lines:
                records = sum(1 for _ in _records(lines, reader_options))
        return max(records - 1, 0)

    first = [row.values for row in islice(read(header), _FIRST_ROWS) if not row.problem]
    notes = [shown_encoding(encoding)]
    if delimiter != ",":
        notes.append(f"columns are separated by {_DELIMITERS[delimiter]}")
    if escaped:
        notes.append("quotation marks are escaped by backslashes")
    return Table(
        path=path,
        folder=path.parent,
        format="TSV table" if delimiter == "\t" else "CSV table",
        columns=tuple(header),
        read=read,
        count=count,
        notes=tuple(note for note in notes if note),
        flags=genre_flags(header, first),
    )


def _rows(
    lines: Iterator[str], reader_options: dict[str, Any], header: list[str], wanted: Sequence[str]
) -> Iterator[Row]:
    """Yield a row for each record. One that cannot be parsed or is too long has a problem.

    Raises:
        CatalogueError: A byte is in another encoding.
    """
    width = len(header)
    first = {name: index for index, name in reversed(list(enumerate(header)))}
    indices = {name: first[name] for name in wanted}
    records = _records(lines, reader_options)
    next(records, None)
    for number, fields, problem in records:
        if problem:
            yield Row(number, {}, problem)
            continue
        if len(fields) != width:
            if any(fields[width:]):
                problem = f"row has {len(fields)} values, but the header has {width} columns"
                yield Row(number, {}, problem)
                continue
            # fewer values are allowed: spreadsheets omit empty cells at the end of a row
            fields.extend([""] * (width - len(fields)))
        yield Row(number, {name: fields[index] for name, index in indices.items()})


def _quick_count(path: Path, encoding: str, reader_options: dict[str, Any]) -> int | None:
    """Count the records, the header among them; None if that takes a parser."""
    if encoding not in ("utf-8", "utf-8-sig"):
        return None
    with open_bytes(path) as file:
        records = count_records(
            file,
            reader_options["delimiter"],
            quoted=reader_options["quoting"] != csv.QUOTE_NONE,
            longest=_MAX_FIELD_CHARS,
            with_mark=encoding == "utf-8-sig",
        )
    if records is None:
        return None
    return records - bool(_declared_delimiter(path, encoding))


@contextmanager
def _open_lines(path: Path, encoding: str, escaped: bool = False) -> Iterator[Iterator[str]]:
    r"""Open the lines. A first line such as ``sep=;``, which is meant for Excel, is left out.

    Args:
        path: Path of the file.
        encoding: Its encoding.
        escaped: Whether quotation marks in fields are written as ``\"``, as Spark and MySQL do.
            They are replaced by ``""``. The escapes of :mod:`csv` would also change ``\N``, which
            means that there is no value.
    """
    with open_text(path, encoding, newline="") as file:
        lines = lines_of(file, path)
        first = next(lines, "")
        if not _SEP.fullmatch(first):
            lines = chain([first] if first else [], lines)
        yield map(_with_doubled_marks, lines) if escaped else lines


def _with_doubled_marks(line: str) -> str:
    return _BACKSLASH_ESCAPE.sub(lambda m: '""' if m[1] == '"' else m[1], line)


def _has_backslash_escapes(path: Path, encoding: str, reader_options: dict[str, Any]) -> bool:
    r"""Return whether more rows can be read if ``\"`` is a quotation mark in a field.

    In a file that follows RFC 4180, a backslash has no meaning, and may be the last character of
    a field or be before a doubled mark.
    """
    sample, size = [], 0
    with _open_lines(path, encoding) as lines:
        for line in lines:
            sample.append(line)
            size += len(line)
            if size > _ESCAPE_SAMPLE_CHARS:
                break
    escape = re.compile(rf'\\"[^"\r\n{re.escape(reader_options["delimiter"])}]')
    if not any(map(escape.search, sample)):
        return False

    def unreadable(lines: Iterable[str]) -> int:
        records = list(_records(iter(lines), reader_options))
        return sum(bool(problem) or len(f) > len(records[0][1]) for _, f, problem in records)

    return unreadable(map(_with_doubled_marks, sample)) < unreadable(sample)


def _declared_delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter in a first line ``sep=;``, which Excel reads and hides; "" if none."""
    with open_text(path, encoding, newline="") as file:
        match = _SEP.fullmatch(next(lines_of(file, path), ""))
    return match[1] if match else ""


def _delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter that gives the most known column names; ties go to the most columns."""
    if (declared := _declared_delimiter(path, encoding)) in _DELIMITERS:
        return declared

    def score(delimiter: str) -> tuple[int, int]:
        header = _header(path, encoding, delimiter)
        return known_columns(header), len(header)

    return max(_DELIMITERS, key=score)


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    with _open_lines(path, encoding) as lines:
        reader_options = {
            "delimiter": delimiter,
            "quoting": csv.QUOTE_MINIMAL,
            "strict": True,
        }
        record = next(_records(lines, reader_options), (1, [], ""))
    return [name.strip() for name in record[1]]


def _records(
    file: Iterator[str], reader_options: dict[str, Any]
) -> Iterator[tuple[int, list[str], str]]:
    """Yield number, fields and problem of each record that is not blank.

    A quotation mark too many lets the parser read the following records as one field. So only the
    first line of a record that cannot be parsed is given up, and the others are parsed again.

    Args:
        file: Lines of the file.
        reader_options: Arguments of :func:`csv.reader`.

    Yields:
        The fields are empty if the record cannot be parsed; the problem is empty otherwise.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_FIELD_CHARS))
    number = width = 0
    lines = file
    while True:
        lines, kept = tee(lines)
        reader = csv.reader(lines, **reader_options)
        dropped = before = 0  # lines: no longer in `kept`, before the record
        try:
            for fields in reader:
                number += 1
                before = reader.line_num
                if before - dropped > _MAX_KEPT_LINES:
                    _skip(kept, before - dropped)
                    dropped = before
                if fields:
                    width = width or len(fields)
                    yield number, fields, ""
            return
        except csv.Error as error:
            problem = f"row cannot be read: {error}"
            if reader.line_num > before + 1 or "end of data" in str(error):
                problem = 'row cannot be read: a quotation mark is not closed or not doubled ("")'
        _skip(kept, before - dropped)
        number += 1
        line = next(kept)
        yield number, [], problem
        if reader_options["quoting"] != csv.QUOTE_NONE and line.count('"') % 2:
            for line in _lines_of_the_same_record(kept, width, reader_options):
                number += 1
                if line.strip():
                    yield number, [], "continues a row that cannot be read"
        lines = kept


def _lines_of_the_same_record(
    lines: Iterator[str], width: int, reader_options: dict[str, Any]
) -> Iterator[str]:
    """Take lines up to the next that certainly starts a record.

    The rest of a broken record would otherwise be read as a film of its own. A record certainly
    starts where one as wide as the header can be parsed, with an even number of quotation marks.

    Args:
        lines: Made by :func:`itertools.tee`. The lines that are yielded are taken from it.
        width: Number of columns.
        reader_options: Arguments of :func:`csv.reader`.
    """
    while True:
        ahead = copy(lines)
        record: list[str] = []
        reader = csv.reader(_noted(islice(ahead, _MAX_LINES_AHEAD), record), **reader_options)
        try:
            fields = next(reader, None)
        except csv.Error:
            fields = []
        if fields is None:
            return
        marks = sum(line.count('"') for line in record)
        if len(fields) == width and marks % 2 == 0:
            return
        yield next(lines)


def _noted(lines: Iterator[str], record: list[str]) -> Iterator[str]:
    for line in lines:
        record.append(line)
        yield line


def _skip(lines: Iterator[str], count: int) -> None:
    next(islice(lines, count, count), None)

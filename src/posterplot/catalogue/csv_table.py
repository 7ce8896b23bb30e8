"""Read CSV files with a header; quoted fields may hold line breaks."""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
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
_FIRST_ROWS = 50  # rows inspected to find columns of 0 and 1 genre flags


def open_csv(path: Path, encoding: str | None = None) -> Table:
    """Open a CSV table. The delimiter and the line ends are detected.

    Args:
        path: Path of the file, which may be compressed by gzip. It is separated by commas,
            semicolons, tabs or vertical bars.
        encoding: Name of the encoding; None detects it.

    Raises:
        CatalogueError: The file cannot be read or decoded, has no header, or has a quotation mark
            that is never closed.
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

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        return _rows(path, encoding, reader_options, header, wanted)

    first = [row.values for row in islice(read(header), _FIRST_ROWS) if not row.problem]
    notes = [shown_encoding(encoding)]
    if delimiter != ",":
        notes.append(f"columns are separated by {_DELIMITERS[delimiter]}")
    return Table(
        path=path,
        folder=path.parent,
        format="TSV table" if delimiter == "\t" else "CSV table",
        columns=tuple(header),
        read=read,
        count=_row_counter(path, encoding, reader_options),
        notes=tuple(note for note in notes if note),
        flags=genre_flags(header, first),
    )


def _rows(
    path: Path,
    encoding: str,
    reader_options: dict[str, Any],
    header: list[str],
    wanted: Sequence[str],
) -> Iterator[Row]:
    """Yield a row for each record. One with too many values has a problem.

    Raises:
        CatalogueError: A byte is in another encoding, or a quotation mark is never closed: the
            rest of the file would be read as one field.
    """
    width = len(header)
    indices = {name: header.index(name) for name in wanted}
    with open_text(path, encoding, newline="") as file:
        records = _records(lines_of(file, path), path, reader_options)
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


def _row_counter(path: Path, encoding: str, reader_options: dict[str, Any]) -> Callable[[], int]:
    def count() -> int:
        if encoding in ("utf-8", "utf-8-sig"):
            with open_bytes(path) as file:
                records = count_records(
                    file,
                    reader_options["delimiter"],
                    quoted=reader_options["quoting"] != csv.QUOTE_NONE,
                    longest=_MAX_FIELD_CHARS,
                    with_mark=encoding == "utf-8-sig",
                )
            if records is not None:
                return max(records - 1, 0)
        with open_text(path, encoding, newline="") as file:
            return max(sum(1 for _ in _records(lines_of(file, path), path, reader_options)) - 1, 0)

    return count


def _delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter that gives the most known column names; ties go to the most columns."""

    def score(delimiter: str) -> tuple[int, int]:
        header = _header(path, encoding, delimiter)
        return known_columns(header), len(header)

    return max(_DELIMITERS, key=score)


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    with open_text(path, encoding, newline="") as file:
        reader_options = {"delimiter": delimiter, "strict": True}
        record = next(
            _records(lines_of(file, path), path, reader_options, check_quotes=False), (1, [], "")
        )
    return [name.strip() for name in record[1]]


def _records(
    file: Iterator[str], path: Path, reader_options: dict[str, Any], *, check_quotes: bool = True
) -> Iterator[tuple[int, list[str], str]]:
    """Yield number, fields and problem of each record that is not blank.

    The fields are empty if the record cannot be parsed; the problem is empty otherwise.

    Args:
        file: Lines of the file.
        path: Path of the file, for messages.
        reader_options: Arguments of :func:`csv.reader`.
        check_quotes: Whether a quotation mark that is never closed is an error of the file. It is
            not while the delimiter is not known.

    Raises:
        CatalogueError: A quotation mark is never closed.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_FIELD_CHARS))
    reader = csv.reader(file, **reader_options)
    number = last_line = 0
    while True:
        try:
            for fields in reader:
                number += 1
                last_line = reader.line_num
                if fields:
                    yield number, fields, ""
            return
        except csv.Error as error:
            number += 1
            # csv errors differ only in their texts; a field over the limit that spans several lines
            # also means an unclosed quotation mark
            unclosed = "end of data" in str(error) or (
                "field larger" in str(error) and reader.line_num > last_line + 1
            )
            if unclosed and check_quotes:
                raise CatalogueError(
                    f"a quotation mark opened in row {number} is never closed",
                    where=f"{path} line {last_line + 1}",
                    hint='close it; one inside a field is written twice: ""',
                ) from error
            last_line = reader.line_num
            yield number, [], f"row cannot be read: {error}"

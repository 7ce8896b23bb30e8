"""Read CSV with a header; quoted fields may hold line breaks."""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from posterplot.catalogue.columns import genre_flags, known_columns
from posterplot.catalogue.table import Row, Table
from posterplot.catalogue.text_file import encoding_of, lines_of, open_text, shown_encoding
from posterplot.errors import CatalogueError

# Of a field, in characters. The limit is the interpreter's, so it is raised and never lowered.
_LONGEST_FIELD = 2**22
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_FIRST_ROWS = 50  # rows read to recognise columns of 0 and 1


def open_csv(path: Path, encoding: str | None = None) -> Table:
    """Open a CSV table, whatever its delimiter and line ends.

    Raises:
        CatalogueError: wrong encoding, or no header.
    """
    encoding = encoding_of(path, encoding)
    delimiter = _delimiter(path, encoding)
    # IMDb's own tables have tabs and no quotation marks that mean anything
    plain = delimiter == "\t" and "tconst" in _header(path, encoding, delimiter)
    style = {
        "delimiter": delimiter,
        "quoting": csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL,
        "strict": not plain,
    }
    header = _header(path, encoding, delimiter)
    if not any(header):
        raise CatalogueError("is empty", where=path, hint="give it a header and rows")

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        return _rows(path, encoding, style, header, wanted)

    first = [row.values for row in islice(read(header), _FIRST_ROWS) if not row.fault]
    notes = [shown_encoding(encoding)]
    if delimiter != ",":
        notes.append(f"columns are separated by {_DELIMITERS[delimiter]}")
    return Table(
        path=path,
        folder=path.parent,
        format="TSV table" if delimiter == "\t" else "CSV table",
        columns=tuple(header),
        read=read,
        count=_counter(path, encoding, style),
        notes=tuple(note for note in notes if note),
        flags=genre_flags(header, first),
    )


def _rows(
    path: Path, encoding: str, style: dict[str, Any], header: list[str], wanted: Sequence[str]
) -> Iterator[Row]:
    """Yield the rows.

    Raises:
        CatalogueError: a byte in another encoding, or a quotation mark that is never closed, which
            would swallow the films after it in silence.
    """
    width = len(header)
    places = [header.index(name) for name in wanted]
    pick: Callable[[list[str]], tuple[str, ...]]
    if len(places) == 1:
        pick = lambda fields: (fields[places[0]],)  # noqa: E731
    elif places:
        pick = itemgetter(*places)
    else:
        pick = lambda fields: ()  # noqa: E731
    with open_text(path, encoding, newline="") as file:
        records = _records(lines_of(file, path), path, style)
        next(records, None)
        for number, fields, fault in records:
            if fault:
                yield Row(number, {}, fault)
                continue
            if len(fields) != width:
                if any(fields[width:]):
                    fault = f"more values than columns: {len(fields)} for {width}"
                    yield Row(number, {}, fault)
                    continue
                # Fewer is no fault: spreadsheets leave out the empty ones at the end.
                fields.extend([""] * (width - len(fields)))
            yield Row(number, dict(zip(wanted, pick(fields), strict=True)))


def _counter(path: Path, encoding: str, style: dict[str, Any]) -> Callable[[], int]:
    def count() -> int:
        with open_text(path, encoding, newline="") as file:
            return max(sum(1 for _ in _records(lines_of(file, path), path, style)) - 1, 0)

    return count


def _delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter by which most of the header's names are known ones, else most names."""

    def names(delimiter: str) -> tuple[int, int]:
        header = _header(path, encoding, delimiter)
        return known_columns(header), len(header)

    return max(_DELIMITERS, key=names)


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    with open_text(path, encoding, newline="") as file:
        style = {"delimiter": delimiter, "strict": True}
        record = next(_records(lines_of(file, path), path, style, whole=False), (1, [], ""))
    return [name.strip() for name in record[1]]


def _records(
    file: Iterator[str], path: Path, style: dict[str, Any], *, whole: bool = True
) -> Iterator[tuple[int, list[str], str]]:
    """Yield the records that are not blank: number, fields, and the fault of one without fields."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    reader = csv.reader(file, **style)
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
            # a field of so many lines is no overview either
            unclosed = "end of data" in str(error) or (
                "field larger" in str(error) and reader.line_num > last_line + 1
            )
            if unclosed and whole:
                raise CatalogueError(
                    f"a quotation mark opened in row {number} is never closed",
                    where=f"{path} line {last_line + 1}",
                    hint='close it; one inside a field is written twice: ""',
                ) from error
            last_line = reader.line_num
            yield number, [], f"row cannot be read: {error}"

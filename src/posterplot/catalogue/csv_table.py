"""CSV, with a header; fields may hold line breaks between quotation marks."""

import csv
from collections.abc import Iterator
from pathlib import Path

from posterplot.catalogue.rows import Row, check_columns
from posterplot.catalogue.text_file import open_text
from posterplot.errors import CatalogueError

# Python's own limit of 131,072 characters a field guards against a forgotten quotation mark; here
# that is found as such. The limit is the interpreter's, so it is raised and never lowered.
_LONGEST_FIELD = 2**31 - 1


def read_csv(path: Path) -> Iterator[Row]:
    """Read a CSV table as UTF-8 or, with a byte-order mark, UTF-16, and any line ends.

    Raises:
        CatalogueError: wrong encoding, a missing column, or a quotation mark that is never closed,
            which would swallow the films after it in silence.
    """
    with open_text(path, newline="") as file:
        records = _records(file, path)
        header = [name.strip() for name in next(records, (1, [], ""))[1]]
        if not any(header):
            raise CatalogueError("is empty", where=path, hint="give it a header and rows")
        check_columns(header, path)
        for number, fields, fault in records:
            if len(fields) > len(header):
                fault = f"more values than columns: {len(fields)} for {len(header)}"
            # Fewer is no fault: spreadsheets leave out the empty ones at the end.
            yield Row(number, {} if fault else dict(zip(header, fields, strict=False)), fault)


def count_csv(path: Path) -> int:
    """Count the rows below the header."""
    with open_text(path, newline="") as file:
        return max(sum(1 for _ in _records(file, path)) - 1, 0)


def _records(file: Iterator[str], path: Path) -> Iterator[tuple[int, list[str], str]]:
    """Yield the records that are not blank: number, fields, and the fault of one without fields."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    reader = csv.reader(file, strict=True)
    number = 0
    while True:
        number += 1
        first_line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error):
                raise CatalogueError(
                    f"a quotation mark opened in row {number} is never closed",
                    where=f"{path} line {first_line}",
                    hint='close it; one inside a field is written twice: ""',
                ) from error
            yield number, [], f"row cannot be read: {error}"
            continue
        if fields:
            yield number, fields, ""

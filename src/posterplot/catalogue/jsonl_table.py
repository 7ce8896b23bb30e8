"""JSONL: one JSON object a line."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from posterplot.catalogue.rows import Row, check_columns
from posterplot.catalogue.text_file import open_text

# A line may leave out what its film does not have, so one line alone does not tell the columns.
_LINES_THAT_TELL_COLUMNS = 100


def read_jsonl(path: Path) -> Iterator[Row]:
    """Read a JSONL table; a line that is not a JSON object is a row with a fault.

    Raises:
        CatalogueError: wrong encoding, or a missing column.
    """
    with open_text(path) as file:
        rows = (_row(number, line) for number, line in enumerate(file, start=1) if line.strip())
        first = list(itertools.islice(rows, _LINES_THAT_TELL_COLUMNS))
        readable = [row for row in first if not row.fault]
        if readable:
            check_columns(dict.fromkeys(name for row in readable for name in row.values), path)
        yield from first
        yield from rows


def count_jsonl(path: Path) -> int:
    """Count the lines that are not blank."""
    with open_text(path) as file:
        return sum(1 for line in file if line.strip())


def _row(number: int, line: str) -> Row:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(number, {}, f"line is not JSON: {error}")
    if not isinstance(values, dict):
        return Row(number, {}, "line is JSON, but not an object")
    return Row(number, values)

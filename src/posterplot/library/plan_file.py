"""Write the plan to a file with one line or row per film."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from posterplot.csv_lines import LineFeeds
from posterplot.files import check_suffix
from posterplot.library.plan import Decision

_LISTS = ("nfo", "genres", "write", "tags")
_COLUMNS = (
    *("path", "title", "year", "action", "reason", "nfo", "poster", "genres", "write", "tags"),
    "probabilities",
)
SUFFIXES = (".jsonl", ".csv")


@contextmanager
def open_plan(path: Path) -> Iterator[Callable[[Decision], None]]:
    """Yield a function that adds a film to a plan.

    Args:
        path: ``.jsonl``, or ``.csv`` with lists joined by ``|``.

    Raises:
        OutputError: The suffix is another one.

    """
    check_suffix(path, *SUFFIXES)
    # paths that are not valid Unicode are escaped as in JSON
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        yield _csv(stream) if path.suffix.lower() == ".csv" else _jsonl(stream)


def _row(decision: Decision) -> dict[str, Any]:
    row = {name: getattr(decision, name) for name in _COLUMNS}
    row["probabilities"] = {g: round(p, 4) for g, p in decision.probabilities.items()}
    return row


def _jsonl(stream: TextIO) -> Callable[[Decision], None]:
    def add(decision: Decision) -> None:
        stream.write(json.dumps(_row(decision), ensure_ascii=False) + "\n")

    return add


def _csv(stream: TextIO) -> Callable[[Decision], None]:
    writer = csv.DictWriter(LineFeeds(stream), _COLUMNS)
    writer.writeheader()

    def add(decision: Decision) -> None:
        row = _row(decision)
        row |= {name: "|".join(row[name]) for name in _LISTS}
        row["probabilities"] = "|".join(f"{g}={p}" for g, p in row["probabilities"].items())
        writer.writerow(row)

    return add

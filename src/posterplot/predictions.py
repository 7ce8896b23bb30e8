"""Predictions to files and to the terminal, a film at a time."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.text import Text

from posterplot.errors import OutputError
from posterplot.files import new_file
from posterplot.films import Prediction, Rejected

Line = dict[str, Any]
_Put = Callable[[Line], None]

_ROW_GROUP = 1024
_BAR = 30


def lines(answers: Iterable[Prediction | Rejected]) -> Iterator[Line]:
    """Turn answers into lines of output, one a film, in order.

    Yields:
        ``{"id", "title", "genres", "probabilities", "modalities"}``; with ``"problem"`` where a
        part of the film could not be used; ``{"id", "title", "error"}`` where all of it could not.

    """
    problem: Rejected | None = None
    for answer in answers:
        if isinstance(answer, Rejected):
            if answer.part == "film":
                yield {"id": answer.id, "title": answer.title, "error": answer.reason}
            else:
                problem = answer  # the film itself comes next
            continue
        line: Line = {
            "id": answer.id,
            "title": answer.title,
            "genres": list(answer.genres),
            "probabilities": {g: round(p, 4) for g, p in answer.probabilities.items()},
            "modalities": list(answer.modalities),
        }
        if problem is not None and problem.id == answer.id:
            line["problem"] = problem.reason
        problem = None
        yield line


def open_output(path: Path, genres: tuple[str, ...]) -> AbstractContextManager[_Put]:
    """Open a file of predictions by its suffix: ``.jsonl``, ``.csv`` or ``.parquet``.

    Lines are written as they come; the file is whole or absent.

    Raises:
        OutputError: another suffix, a folder, a place that cannot be written.

    """
    kinds = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
    if path.suffix.lower() not in kinds:
        raise OutputError(
            f"cannot be of the kind {path.suffix!r}", where=path, mend=f"use {', '.join(kinds)}"
        )
    return kinds[path.suffix.lower()](path, genres)


@contextmanager
def _jsonl(path: Path, _: tuple[str, ...]) -> Iterator[_Put]:
    with new_file(path) as temporary, temporary.open("w", encoding="utf-8") as stream:

        def put(line: Line) -> None:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")

        yield put


@contextmanager
def _csv(path: Path, genres: tuple[str, ...]) -> Iterator[_Put]:
    probability = {genre: f"probability:{genre}" for genre in genres}
    columns = ["id", "title", "genres", "modalities", *probability.values(), "problem", "error"]
    with new_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()

        def put(line: Line) -> None:
            row = {key: value for key, value in line.items() if key != "probabilities"}
            for key in ("genres", "modalities"):
                row[key] = "|".join(row.get(key, ()))
            row |= {probability[g]: p for g, p in line.get("probabilities", {}).items()}
            writer.writerow(row)

        yield put


@contextmanager
def _parquet(path: Path, genres: tuple[str, ...]) -> Iterator[_Put]:
    schema = pa.schema(
        [
            ("id", pa.string()),
            ("title", pa.string()),
            ("genres", pa.list_(pa.string())),
            ("probabilities", pa.struct([(genre, pa.float32()) for genre in genres])),
            ("modalities", pa.list_(pa.string())),
            ("problem", pa.string()),
            ("error", pa.string()),
        ]
    )
    waiting: list[Line] = []
    with new_file(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(waiting, schema))
            waiting.clear()

        def put(line: Line) -> None:
            waiting.append(line)
            if len(waiting) == _ROW_GROUP:
                flush()

        yield put
        flush()


def show(line: Line, console: Console) -> None:
    """Draw one film's probabilities as bars, the highest first, decided genres in bold."""
    probabilities = sorted(line["probabilities"].items(), key=lambda item: -item[1])
    width = max(len(genre) for genre, _ in probabilities)
    name = line["title"] or line["id"] or "this film"
    genres = ", ".join(line["genres"]) or "no genre is sure enough"
    console.print(f"{name}: {genres}", style="bold", markup=False, highlight=False)
    for genre, probability in probabilities:
        decided = genre in line["genres"]
        filled = round(probability * _BAR)
        console.print(
            Text.assemble(
                (f"{'●' if decided else ' '} {genre:<{width}} ", "bold" if decided else ""),
                ("━" * filled, "green" if decided else "cyan"),
                ("━" * (_BAR - filled), "bright_black"),
                f" {probability:5.0%}",
            ),
            highlight=False,
        )
    console.print(f"from: {' and '.join(line['modalities'])}", style="dim", highlight=False)

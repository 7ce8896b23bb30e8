"""Convert predictions to rows, and write rows as JSON lines, CSV, Parquet or text."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from posterplot.csv_lines import LineFeeds
from posterplot.files import check_suffix, new_file
from posterplot.films import Prediction, Rejected
from posterplot.inference.familiarity import UNFAMILIAR

if TYPE_CHECKING:  # rich is slow to import, and a single film does not need it
    from rich.console import Console

PredictionRow = dict[str, Any]

# shows how reliable a row is; empty if there is nothing to say
_TRUST = ("familiar", "guarantee", "problem", "error")
_ROW_GROUP = 1024
_BAR = 30
_SHORTEST_BAR = 5


def prediction_rows(predictions: Iterable[Prediction | Rejected]) -> Iterator[PredictionRow]:
    """Turn predictions into rows, one for each film, in order.

    Yields:
        ``{"id", "title", "genres", "probabilities", "modalities"}``, with ``"familiar": False`` if
        the film is unlike those that the model was measured on, ``"guarantee"`` if something is
        guaranteed of the genres, and ``"problem"`` if a part of the film cannot be used;
        ``{"id", "title", "error"}`` if the whole film cannot.

    """
    parts: list[Rejected] = []  # what cannot be used of the next film
    for prediction in predictions:
        if isinstance(prediction, Rejected) and prediction.part != "film":
            parts.append(prediction)  # the film itself follows
            continue
        reasons = [part.reason for part in parts if part.id == prediction.id]
        parts.clear()
        if isinstance(prediction, Rejected):
            error = "; ".join(dict.fromkeys([*reasons, prediction.reason]))
            yield {"id": prediction.id, "title": prediction.title, "error": error}
            continue
        row: PredictionRow = {
            "id": prediction.id,
            "title": prediction.title,
            "genres": list(prediction.genres),
            "probabilities": {g: round(p, 4) for g, p in prediction.probabilities.items()},
            "modalities": list(prediction.modalities),
        }
        if prediction.familiar is False:
            row["familiar"] = False
        if prediction.guarantee:
            row["guarantee"] = prediction.guarantee
        if reasons:
            row["problem"] = "; ".join(reasons)
        yield row


def row_problem(row: PredictionRow) -> str:
    """Return why the film, or a part of it, could not be used; empty if it could."""
    problem: str = row.get("error") or row.get("problem") or ""
    return problem


def check_format(path: Path) -> None:
    """Refuse an output of predictions that could not be written at the end.

    Raises:
        OutputError: The suffix is none of ``.jsonl``, ``.csv`` and ``.parquet``.
        ModuleNotFoundError: The output is Parquet, and pyarrow is not installed.

    """
    check_suffix(path, *_FORMATS)
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet  # noqa: F401  # fail before the first film, not after the last


def write_rows(rows: Iterator[PredictionRow], path: Path, genres: tuple[str, ...]) -> None:
    """Write rows to a new file in the format of its suffix.

    Args:
        rows: Rows from :func:`prediction_rows`.
        path: ``.jsonl``, ``.csv`` or ``.parquet``.
        genres: Genres of the model.

    Raises:
        OutputError: The file exists or cannot be written.

    """
    with new_file(path) as temporary:
        _FORMATS[path.suffix.lower()](rows, temporary, genres)


def parquet_bytes(rows: Iterable[PredictionRow], genres: tuple[str, ...]) -> bytes:
    """Return the content of a Parquet file of rows.

    Args:
        rows: Rows from :func:`prediction_rows`.
        genres: Genres of the model.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.

    """
    stream = io.BytesIO()
    _write_parquet(iter(rows), stream, genres)
    return stream.getvalue()


def _jsonl(rows: Iterator[PredictionRow], path: Path, _: tuple[str, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _csv(rows: Iterator[PredictionRow], path: Path, genres: tuple[str, ...]) -> None:
    probability = {genre: f"probability:{genre}" for genre in genres}
    columns = ["id", "title", "genres", "modalities", *probability.values(), *_TRUST]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(LineFeeds(stream), columns, restval="")
        writer.writeheader()
        for row in rows:
            cells = {key: value for key, value in row.items() if key != "probabilities"}
            for key in ("genres", "modalities"):
                cells[key] = "|".join(cells.get(key, ()))
            cells |= {probability[g]: p for g, p in row.get("probabilities", {}).items()}
            if "familiar" in cells:
                cells["familiar"] = "no"
            writer.writerow(cells)


def _parquet(rows: Iterator[PredictionRow], path: Path, genres: tuple[str, ...]) -> None:
    # an open file, because pyarrow takes no path that is not UTF-8
    with path.open("wb") as stream:
        _write_parquet(rows, stream, genres)


def _write_parquet(
    rows: Iterator[PredictionRow], stream: IO[bytes], genres: tuple[str, ...]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("id", pa.string()),
            ("title", pa.string()),
            ("genres", pa.list_(pa.string())),
            ("probabilities", pa.struct([(genre, pa.float32()) for genre in genres])),
            ("modalities", pa.list_(pa.string())),
            ("familiar", pa.bool_()),
            ("guarantee", pa.string()),
            ("problem", pa.string()),
            ("error", pa.string()),
        ]
    )
    # checksums, so that damage of the disk does not become other genres
    with pq.ParquetWriter(stream, schema, write_page_checksum=True) as writer:
        while group := list(islice(rows, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema))


_FORMATS: dict[str, Callable[[Iterator[PredictionRow], Path, tuple[str, ...]], None]] = {
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".parquet": _parquet,
}


def show_genres(row: PredictionRow, console: "Console") -> None:
    """Print the genres of one film on one line."""
    console.print(_headline(row), markup=False, highlight=False, soft_wrap=True)


def _headline(row: PredictionRow) -> str:
    name = row["title"] or row["id"] or "this film"
    return f"{name}: {', '.join(row['genres']) or 'no genre reaches its threshold'}"


def show(row: PredictionRow, console: "Console") -> None:
    """Print the probabilities of one film as bars, the highest first, predicted genres in bold.

    The bars fit the width of the console. Without colours, the rest of a bar is left blank.
    """
    from rich.text import Text

    probabilities = sorted(row["probabilities"].items(), key=lambda item: -item[1])
    width = max(len(genre) for genre, _ in probabilities)
    console.print(_headline(row), style="bold", markup=False, highlight=False)
    bar = min(_BAR, console.width - width - len("*   100%"))
    ascii_only = console.options.ascii_only
    mark, full = ("*", "#") if ascii_only else ("●", "━")
    rest = " " if ascii_only or console.no_color or console.color_system is None else full
    for genre, probability in probabilities:
        decided = genre in row["genres"]
        text = Text(f"{mark if decided else ' '} {genre:<{width}} ", "bold" if decided else "")
        if bar >= _SHORTEST_BAR:
            filled = round(probability * bar)
            text.append(full * filled, "green" if decided else "cyan")
            text.append(rest * (bar - filled), "bright_black")
        text.append(f" {probability:4.0%}")
        console.print(text, highlight=False, no_wrap=True, overflow="ignore", crop=False)
    console.print(f"from: {' and '.join(row['modalities'])}", style="dim", highlight=False)
    if row.get("familiar") is False:
        console.print(f"This film is {UNFAMILIAR}.", style="yellow", highlight=False)
    if "guarantee" in row:
        console.print(row["guarantee"], style="dim", highlight=False)

"""Write predictions to files and to the terminal, film by film.

Predictions are first written as JSON lines to ``NAME.MODEL.part`` beside the output, and converted
to the format of the output after the last film. A call that is interrupted, e.g. by a full disk or
a power cut, leaves the part, and ``--resume`` continues after its last whole line.
"""

import csv
import glob
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from posterplot.errors import OutputError
from posterplot.files import check_new_file, growing_file, new_file, synchronise, writing
from posterplot.films import Film, Prediction, Rejected

if TYPE_CHECKING:  # not imported for a single film, which would wait for it
    from rich.console import Console

Line = dict[str, Any]

_ROW_GROUP = 1024
_BAR = 30
_SHORTEST_BAR = 5


def lines(predictions: Iterable[Prediction | Rejected]) -> Iterator[Line]:
    """Turn predictions into lines of output, one for each film, in order.

    Yields:
        ``{"id", "title", "genres", "probabilities", "modalities"}``, with ``"problem"`` if a part
        of the film cannot be used; ``{"id", "title", "error"}`` if the whole film cannot.

    """
    problem: Rejected | None = None
    for prediction in predictions:
        if isinstance(prediction, Rejected):
            if prediction.part == "film":
                yield {"id": prediction.id, "title": prediction.title, "error": prediction.reason}
            else:
                problem = prediction  # the film itself follows
            continue
        line: Line = {
            "id": prediction.id,
            "title": prediction.title,
            "genres": list(prediction.genres),
            "probabilities": {g: round(p, 4) for g, p in prediction.probabilities.items()},
            "modalities": list(prediction.modalities),
        }
        if problem is not None and problem.id == prediction.id:
            line["problem"] = problem.reason
        problem = None
        yield line


def part_of(path: Path, model: str, *, resume: bool = False) -> Path:
    """Return the part in which a file of predictions grows, after checking the output.

    Args:
        path: the output: ``.jsonl``, ``.csv`` or ``.parquet``.
        model: the bundle's digest, so that predictions of two models do not mix.
        resume: whether to continue an interrupted call, if there was one.

    Raises:
        OutputError: the suffix is another one, the output exists, or an interrupted call left a
            part and ``resume`` is off or its model was another.
        ModuleNotFoundError: the output is Parquet, and pyarrow is not installed.

    """
    if path.suffix.lower() not in _KINDS:
        raise OutputError(
            f"cannot be of the kind {path.suffix!r}", where=path, hint=f"use {', '.join(_KINDS)}"
        )
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet  # noqa: F401  # fail before the first film, not after the last
    check_new_file(path)
    part = path.with_name(f"{path.name}.{model[:8]}.part")
    with writing(path):
        begun = sorted(path.parent.glob(f"{glob.escape(path.name)}.*.part"))
    for other in begun:
        if other != part:
            raise OutputError(
                "was begun with another model",
                where=other,
                hint="remove it, or choose another output",
            )
        if not resume:
            raise OutputError(
                "holds the predictions of an interrupted call",
                where=part,
                hint="continue with --resume, or remove it",
            )
    return part


class Done(NamedTuple):
    """What an interrupted call had finished: its films, and how many could not be used fully."""

    films: int = 0
    faulty: int = 0


def skip_done(part: Path, films: Iterator[Film | Rejected]) -> Done:
    """Skip the films that an interrupted call has predicted, and remove an incomplete line.

    Args:
        part: from :func:`part_of`; it need not exist.
        films: of the same table; afterwards at the first film without a prediction.

    Raises:
        OutputError: the part is damaged, or of another table.

    """
    if not part.exists():
        return Done()
    count = faulty = whole = 0
    with writing(part), part.open("r+b") as stream:
        for line in _read(part, stream):
            film = next(films, None)
            while isinstance(film, Rejected) and film.part != "film":
                film = next(films, None)  # a part of the next film
            if film is None or film.id != line["id"]:
                raise OutputError(
                    f"is of another table: its film {count + 1} is {line['id']!r}",
                    where=part,
                    hint="use that table, or remove this file",
                )
            count += 1
            faulty += bool(fault_of(line))
            whole = stream.tell()
        stream.truncate(whole)
    return Done(count, faulty)


def fault_of(line: Line) -> str:
    """Return why the film, or a part of it, could not be used; empty if it could."""
    fault: str = line.get("error") or line.get("problem") or ""
    return fault


@contextmanager
def open_output(
    path: Path, part: Path, genres: tuple[str, ...]
) -> Iterator[Callable[[Line], None]]:
    """Yield a function that writes one line to the part.

    Args:
        path: the output; it appears, complete, when the block succeeds.
        part: from :func:`part_of`; what is in it stays, and comes first.
        genres: of the model.

    Raises:
        OutputError: either file cannot be written.

    """
    with growing_file(part) as add:
        yield lambda line: add(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    write = _KINDS[path.suffix.lower()]
    if write is None:
        check_new_file(path)  # another process may have created it
        with writing(path):
            part.rename(path)
            synchronise(path.parent)
        return
    with new_file(path) as temporary, part.open("rb") as stream:
        write(_read(part, stream), temporary, genres)
    part.unlink()


def _read(part: Path, stream: BinaryIO) -> Iterator[Line]:
    """Yield the complete lines of a part, with the stream at the end of the yielded line."""
    while (raw := stream.readline()).endswith(b"\n"):
        try:
            line = json.loads(raw)
            if not isinstance(line["id"], str):
                raise TypeError
        except (ValueError, TypeError, KeyError) as error:
            raise OutputError(
                "is damaged: not every line is a prediction", where=part, hint="remove it"
            ) from error
        yield line


def _csv(lines: Iterator[Line], path: Path, genres: tuple[str, ...]) -> None:
    probability = {genre: f"probability:{genre}" for genre in genres}
    columns = ["id", "title", "genres", "modalities", *probability.values(), "problem", "error"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for line in lines:
            row = {key: value for key, value in line.items() if key != "probabilities"}
            for key in ("genres", "modalities"):
                row[key] = "|".join(row.get(key, ()))
            row |= {probability[g]: p for g, p in line.get("probabilities", {}).items()}
            writer.writerow(row)


def _parquet(lines: Iterator[Line], path: Path, genres: tuple[str, ...]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

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
    with pq.ParquetWriter(path, schema) as writer:
        while rows := list(islice(lines, _ROW_GROUP)):
            writer.write_table(pa.Table.from_pylist(rows, schema))


# suffix -> function that writes lines in this format; None: the part is in this format already
_Write = Callable[[Iterator[Line], Path, tuple[str, ...]], None]
_KINDS: dict[str, _Write | None] = {".jsonl": None, ".csv": _csv, ".parquet": _parquet}


def show(line: Line, console: "Console") -> None:
    """Draw the probabilities of one film as bars, the highest first, its genres in bold.

    The bars fit the width of the console. Without colours, the rest of a bar is left blank.
    """
    from rich.text import Text

    probabilities = sorted(line["probabilities"].items(), key=lambda item: -item[1])
    width = max(len(genre) for genre, _ in probabilities)
    name = line["title"] or line["id"] or "this film"
    genres = ", ".join(line["genres"]) or "no genre reaches its threshold"
    console.print(f"{name}: {genres}", style="bold", markup=False, highlight=False)
    bar = min(_BAR, console.width - width - len("*   100%"))
    ascii_only = console.options.ascii_only
    mark, full = ("*", "#") if ascii_only else ("●", "━")
    rest = " " if ascii_only or console.no_color or console.color_system is None else full
    for genre, probability in probabilities:
        decided = genre in line["genres"]
        text = Text(f"{mark if decided else ' '} {genre:<{width}} ", "bold" if decided else "")
        if bar >= _SHORTEST_BAR:
            filled = round(probability * bar)
            text.append(full * filled, "green" if decided else "cyan")
            text.append(rest * (bar - filled), "bright_black")
        text.append(f" {probability:4.0%}")
        console.print(text, highlight=False, no_wrap=True, overflow="ignore", crop=False)
    console.print(f"from: {' and '.join(line['modalities'])}", style="dim", highlight=False)

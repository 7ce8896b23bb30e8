"""Predictions to files and to the terminal, a film at a time.

A file of predictions grows as JSON lines, whatever its kind, in ``NAME.MODEL.part`` beside its
place, and takes its place, in its kind, when the last film is answered. What interrupts that, be it
a full disk or a power cut, leaves the part; a second call goes on where its last whole line ends.
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

if TYPE_CHECKING:  # what a film alone does without costs its answer no time
    from rich.console import Console

Line = dict[str, Any]

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


def part_of(path: Path, model: str, *, resume: bool = False) -> Path:
    """Return where a file of predictions grows, after checking that it may.

    Args:
        path: the file to be: ``.jsonl``, ``.csv`` or ``.parquet``.
        model: the bundle's digest: what two models say must not mix.
        resume: whether to go on where an earlier call was interrupted, if one was.

    Raises:
        OutputError: another suffix; a file or folder stands there; an earlier call was interrupted
            and is not to be gone on with, or asked another model.
        ModuleNotFoundError: Parquet is asked for, and pyarrow not installed.

    """
    if path.suffix.lower() not in _KINDS:
        raise OutputError(
            f"cannot be of the kind {path.suffix!r}", where=path, hint=f"use {', '.join(_KINDS)}"
        )
    if path.suffix.lower() == ".parquet":
        import pyarrow.parquet  # noqa: F401  # if it is missing, better now than after the last film
    check_new_file(path)
    part = path.with_name(f"{path.name}.{model[:8]}.part")
    with writing(path):
        begun = sorted(path.parent.glob(f"{glob.escape(path.name)}.*.part"))
    for other in begun:
        if other != part:
            raise OutputError(
                "was begun with another model",
                where=other,
                hint="remove it, or name another output",
            )
        if not resume:
            raise OutputError(
                "holds what an interrupted call predicted",
                where=part,
                hint="go on with --resume, or remove it",
            )
    return part


class Done(NamedTuple):
    """What an interrupted call had done: of so many films, so many could not be used in full."""

    films: int = 0
    faulty: int = 0


def skip_done(part: Path, films: Iterator[Film | Rejected]) -> Done:
    """Go past the films that an interrupted call has answered, and cut off half a line.

    Args:
        part: from :func:`part_of`; it need not exist.
        films: of the same table; left at the first one that has no answer.

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
                film = next(films, None)  # of the film that comes next
            if film is None or film.id != line["id"]:
                raise OutputError(
                    f"is of another table: its film {count + 1} is {line['id']!r}",
                    where=part,
                    hint="give that table, or remove the file",
                )
            count += 1
            faulty += bool(fault_of(line))
            whole = stream.tell()
        stream.truncate(whole)
    return Done(count, faulty)


def fault_of(line: Line) -> str:
    """Return why the film could not be used, or not in full; empty if it could."""
    fault: str = line.get("error") or line.get("problem") or ""
    return fault


@contextmanager
def open_output(
    path: Path, part: Path, genres: tuple[str, ...]
) -> Iterator[Callable[[Line], None]]:
    """Lend a function that writes a line; it is on the disk when the function returns.

    Args:
        path: the file to be; it appears, whole, when the block ends well.
        part: from :func:`part_of`; what is in it stays in it, and comes first.
        genres: of the model.

    Raises:
        OutputError: either file cannot be written.

    """
    with growing_file(part) as add:
        yield lambda line: add(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    write = _KINDS[path.suffix.lower()]
    if write is None:
        check_new_file(path)  # it may have come meanwhile
        with writing(path):
            part.rename(path)
            synchronise(path.parent)
        return
    with new_file(path) as temporary, part.open("rb") as stream:
        write(_read(part, stream), temporary, genres)
    part.unlink()


def _read(part: Path, stream: BinaryIO) -> Iterator[Line]:
    """Read the whole lines of a part; the stream then stands at the end of the line given last."""
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


# suffix -> what makes such a file of lines; None: lines are what it is
_Write = Callable[[Iterator[Line], Path, tuple[str, ...]], None]
_KINDS: dict[str, _Write | None] = {".jsonl": None, ".csv": _csv, ".parquet": _parquet}


def show(line: Line, console: "Console") -> None:
    """Draw one film's probabilities as bars, the highest first, decided genres in bold."""
    from rich.text import Text

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

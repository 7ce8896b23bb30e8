"""Predict films into a file, and continue an interrupted call.

Predictions are appended to ``NAME.MODEL.part`` beside the output, a line of JSON for each film::

    {"film": 17, "digest": "…", "row": {"id": …, "genres": […], …}}

``film`` is the film's position in the table, and ``digest`` is that of everything that was read of
it. After the last film, the rows are written to the output in the order of the films. A call that
is interrupted, e.g. by a full disk or a power cut, leaves the file. ``--resume`` then keeps the
rows whose digest is that of the film as it is now, and predicts the other films.
"""

import glob
import hashlib
import json
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from posterplot.dataset.poster_images import read_poster
from posterplot.errors import FilmError, OutputError
from posterplot.file_parts import FilePart
from posterplot.files import check_new_file, writing
from posterplot.films import Film, Rejected
from posterplot.growing_file import growing_file
from posterplot.inference.in_order import in_order
from posterplot.inference.prediction_files import (
    PredictionRow,
    check_format,
    prediction_rows,
    write_rows,
)
from posterplot.inference.predictor import AHEAD, Predictor

_DIGEST_BYTES = 16
_FINISHED = b'{"finished": true}\n'  # the last line, before the output is written


def partial_file(path: Path, model: str, *, resume: bool = False) -> Path:
    """Check the output, and return the file in which predictions are collected.

    Args:
        path: The output: ``.jsonl``, ``.csv`` or ``.parquet``.
        model: The digest of the bundle and its settings, so that predictions of two models, or of
            two guarantees, do not mix.
        resume: Whether to continue an interrupted call, if there was one.

    Raises:
        OutputError: The suffix is another one, the output exists, or an interrupted call left a
            file and ``resume`` is off or its model or options were others.
        ModuleNotFoundError: The output is Parquet, and pyarrow is not installed.

    """
    check_format(path)
    partial = path.with_name(f"{path.name}.{model[:8]}.part")
    with writing(path):
        if path.exists() and _is_finished(partial):
            partial.unlink()  # a call was killed after it had written the output
    check_new_file(path)
    with writing(path):
        existing = sorted(path.parent.glob(f"{glob.escape(path.name)}.*.part"))
    for other in existing:
        if other != partial:
            raise OutputError(
                "was started with another model or other options",
                where=other,
                hint="use those, remove it, or choose another output",
            )
        if not resume:
            raise OutputError(
                "holds the predictions of an interrupted call",
                where=partial,
                hint="continue with `resume=True`, or remove it",
            )
    return partial


def predict_to_file(
    predictor: Predictor,
    films: Iterable[Film | Rejected],
    path: Path,
    partial: Path,
    finished: Callable[[PredictionRow], None],
) -> None:
    """Predict films into a file that appears when all films are predicted.

    Memory use grows by 24 bytes per film.

    Args:
        predictor: Predictor of the model.
        films: Films of a catalogue. What the catalogue rejected is passed on in its position.
        path: The output.
        partial: Path from :func:`partial_file`. Films that have not changed since their row was
            written there are not predicted again.
        finished: Called with the row of every film, also of those that are kept.

    Raises:
        OutputError: A file cannot be written, or ``partial`` is damaged or of another table.

    """
    index = _Index(partial)
    waiting: deque[_ReadFilm] = deque()

    def to_predict() -> Iterator[Film | Rejected]:
        for read in in_order(_read_film, enumerate(whole_films(films)), AHEAD):
            index.films = read.number + 1
            if (digest := index.digest(read.number)) is not None:
                row = index.row(read.number)
                if row["id"] != read.items[-1].id:
                    raise OutputError(
                        f"is of another table: its film {read.number + 1} is {row['id']!r}",
                        where=partial,
                        hint="use that table, or remove this file",
                    )
                if digest == read.digest:
                    finished(row)
                    continue
            waiting.append(read)
            yield from read.items

    with growing_file(partial) as add:
        for row in prediction_rows(predictor.predict(to_predict())):
            read = waiting.popleft()
            index.add(read.number, read.digest, add(_line(read.number, read.digest, row)))
            finished(row)
        if index.films:
            add(_FINISHED)
    write_rows(index.rows(), path, predictor.bundle.manifest.genres)
    partial.unlink(missing_ok=True)


class _ReadFilm(NamedTuple):
    """A film: its position, the digest of its inputs, and what is to be predicted.

    ``items`` are the parts of the film that the catalogue rejected, and the film itself.
    """

    number: int
    digest: bytes
    items: list[Film | Rejected]


def whole_films(films: Iterable[Film | Rejected]) -> Iterator[list[Film | Rejected]]:
    """Group each film with its rejected parts, which precede it.

    Args:
        films: Films and rejected parts in the order of a catalogue.

    Yields:
        The parts of a film that cannot be used, and then the film, or why it is none.

    """
    items: list[Film | Rejected] = []
    for item in films:
        items.append(item)
        if isinstance(item, Film) or item.part == "film":
            yield items
            items = []


def _read_film(numbered: tuple[int, list[Film | Rejected]]) -> _ReadFilm:
    number, items = numbered
    return _ReadFilm(number, read_digest(items), items)


def read_digest(items: Iterable[Film | Rejected]) -> bytes:
    """Return a digest of everything that a prediction reads of a film, with its poster.

    It does not depend on the folder of a poster file, so that a catalogue may be moved.

    Args:
        items: One group from :func:`whole_films`.

    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for item in items:
        if isinstance(item, Rejected):
            digest.update(json.dumps([item.part, item.reason]).encode())
            continue
        digest.update(json.dumps([item.id, item.title, item.year, item.overview]).encode())
        poster = item.poster
        try:
            content = read_poster(poster) if isinstance(poster, Path | FilePart) else poster
        except FilmError as error:
            reason = error.what.partition(": ")[0]  # what follows may be the whole path
            name = poster.name if isinstance(poster, Path) else ""
            digest.update(json.dumps([reason, name]).encode())
        else:
            digest.update(content or b"")
    return digest.digest()


def _line(number: int, digest: bytes, row: PredictionRow) -> bytes:
    line = {"film": number, "digest": digest.hex(), "row": row}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


class _Index:
    """The offset and the digest of each film's newest row in a partial file.

    Attributes:
        films: Number of films that were read so far.

    """

    def __init__(self, partial: Path) -> None:
        self._partial = partial
        self._offsets = array("q")  # offset of each film's row; -1 without a row
        self._digests = bytearray()
        self.films = 0
        if not partial.exists():
            return
        with writing(partial), partial.open("r+b") as stream:
            offset = 0
            while (raw := stream.readline()).endswith(b"\n"):
                line = self._parse(raw)
                if "finished" not in line:
                    self.add(line["film"], bytes.fromhex(line["digest"]), offset)
                offset = stream.tell()
            stream.truncate(offset)  # a process that was killed may leave a part of a line

    def add(self, number: int, digest: bytes, offset: int) -> None:
        """Note where the row of a film begins."""
        missing = max(0, number + 1 - len(self._offsets))
        self._offsets.extend([-1] * missing)
        self._digests.extend(bytes(_DIGEST_BYTES * missing))
        self._offsets[number] = offset
        self._digests[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES] = digest

    def digest(self, number: int) -> bytes | None:
        """Return the digest of the inputs of a film's row; None if the film has no row."""
        if number >= len(self._offsets) or self._offsets[number] < 0:
            return None
        return bytes(self._digests[number * _DIGEST_BYTES : (number + 1) * _DIGEST_BYTES])

    def row(self, number: int) -> PredictionRow:
        """Return the newest row of a film."""
        with writing(self._partial), self._partial.open("rb") as stream:
            return self._row_at(stream, number)

    def rows(self) -> Iterator[PredictionRow]:
        """Yield the rows of all films in their order."""
        if self.films:
            with self._partial.open("rb") as stream:
                for number in range(self.films):
                    yield self._row_at(stream, number)

    def _row_at(self, stream: BinaryIO, number: int) -> PredictionRow:
        stream.seek(self._offsets[number])
        row: PredictionRow = self._parse(stream.readline())["row"]
        return row

    def _parse(self, raw: bytes) -> dict[str, Any]:
        try:
            line: dict[str, Any] = json.loads(raw)
            if line == json.loads(_FINISHED):
                return line
            sound = (
                0 <= line["film"] <= len(self._offsets)  # in the order of the films
                and len(bytes.fromhex(line["digest"])) == _DIGEST_BYTES
                and isinstance(line["row"]["id"], str)
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            sound = False
        if not sound:
            raise OutputError(
                "is damaged: not every line is a prediction",
                where=self._partial,
                hint="remove it",
            )
        return line


def _is_finished(partial: Path) -> bool:
    """Return whether the predictions of all films were collected."""
    try:
        with partial.open("rb") as stream:
            stream.seek(max(0, partial.stat().st_size - len(_FINISHED)))
            return stream.read() == _FINISHED
    except FileNotFoundError:
        return False

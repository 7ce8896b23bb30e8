"""The output folder: a Parquet file per shard, and a summary."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from posterplot.errors import OutputError
from posterplot.files import new_file, output_lock, writing
from posterplot.inference.prediction_files import PredictionRow
from posterplot.locks import is_leftover, is_vacant, output_of
from posterplot.recovery import recovered

SUMMARY = "_predictions.json"  # readers of Parquet folders skip names that begin with _
_SHARD = re.compile(r"films-\d{6,}-[0-9a-f]{32}\.parquet")
_NAMES = ["id", "title"]
_COLUMNS = [*_NAMES, "genres", "familiar", "guarantee", "problem", "error"]


class MadeWith(NamedTuple):
    """The catalogue and the model of the predictions in a folder.

    Attributes:
        catalogue: File name of the catalogue.
        model: Digest of the bundle and its settings.

    """

    catalogue: str
    model: str


class ShardFolder:
    """A locked output folder.

    Args:
        path: Path of the folder.
        made_with: Catalogue and model of this call.

    """

    def __init__(self, path: Path, made_with: MadeWith) -> None:
        self.path = path
        self._made_with = made_with
        self._says_unfinished = False
        self._whole: set[str] = set()  # what was written or read by this call

    def names(self) -> frozenset[str]:
        """Return the names of the complete shards. Damaged ones are written again."""
        files = self._files()
        self._whole.update(name for name in files - self._whole if self._is_whole(name))
        return files & self._whole

    def write(self, name: str, content: bytes) -> None:
        """Write a shard. Before the first, the summary says that the folder is unfinished."""
        self.start()
        self._write(name, content)
        self._whole.add(name)

    def start(self) -> None:
        """Say in the summary that the folder is unfinished, unless this call has done so."""
        if not self._says_unfinished:
            self._write(SUMMARY, _summary(self._made_with))
            self._says_unfinished = True

    def rows(self, name: str) -> list[PredictionRow]:
        """Return what is counted and printed of each film in a shard: all but probabilities."""
        with writing(self.path / name), (self.path / name).open("rb") as stream:
            rows = pq.read_table(stream, columns=_COLUMNS).to_pylist()
        return [{k: v for k, v in row.items() if v is not None} for row in rows]

    def of_its_catalogue(self, shards: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Check that the shards are of the same catalogue as those in the folder.

        A catalogue may have changed since, but two catalogues can have the same file name. It is
        the same one if a shard is in the folder already, or has a film, by id and title, of the
        shard that was in its position. Until that is known, no shard is passed on.

        Args:
            shards: Results of :class:`posterplot.scale.worker.Worker`, in any order.

        Yields:
            The same.

        Raises:
            OutputError: The first shard in the folder is of other films.

        """
        waiting = []
        before = self._numbers()
        same = not before
        for shard in shards:
            waiting.append(shard)
            same = same or self._continues(shard, before.get(shard["number"], ()))
            if same:
                yield from waiting
                waiting.clear()
            elif shard["number"] == min(before):
                break
        if not same:
            raise _another("catalogue", self.path)

    def finish(self, shards: Sequence[str], films: int) -> int:
        """Remove the shards of films that have changed since, and write the summary.

        Args:
            shards: Names, in the order of the films.
            films: Number of films.

        Returns:
            Number of shards that were removed.

        """
        if stale := self._files() - set(shards):
            self.start()
        with writing(self.path):
            for name in stale:
                (self.path / name).unlink()
        self._write(SUMMARY, _summary(self._made_with, films=films, shards=list(shards)))
        return len(stale)

    def _write(self, name: str, content: bytes) -> None:
        with new_file(self.path / name, replace=True) as temporary:
            temporary.write_bytes(content)

    def _files(self) -> frozenset[str]:
        with writing(self.path):
            return frozenset(e.name for e in self.path.iterdir() if _SHARD.fullmatch(e.name))

    def _numbers(self) -> dict[int, list[str]]:
        """Return number -> names of the complete shards with it."""
        found: dict[int, list[str]] = {}
        for name in self.names():
            found.setdefault(int(name.split("-")[1]), []).append(name)
        return found

    def _continues(self, shard: dict[str, Any], before: Iterable[str]) -> bool:
        if shard["content"] is None:  # its digest, which covers all that was read, is there
            return True
        rows = pq.read_table(pa.BufferReader(shard["content"]), columns=_NAMES).to_pylist()
        films = {(row["id"], row["title"]) for row in rows}
        there = (row for name in before for row in self.rows(name))
        return any((row["id"], row["title"]) in films for row in there)

    def _is_whole(self, name: str) -> bool:
        try:
            with (self.path / name).open("rb") as stream:
                table = pq.read_table(stream, page_checksum_verification=True)
            return set(_COLUMNS) <= set(table.column_names)
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            return False


@contextmanager
def open_folder(path: Path, made_with: MadeWith) -> Iterator[ShardFolder]:
    """Create or continue a folder of predictions, and lock it.

    Raises:
        OutputError: The folder holds something else, or predictions of another model or catalogue,
            or it cannot be written.

    """
    with output_lock(path):
        with writing(path):
            if path.exists() and not path.is_dir():
                raise OutputError("is a file", where=path, hint="choose another output folder")
            path.mkdir(exist_ok=True)
        folder = ShardFolder(path, made_with)
        _check(path, made_with)
        _remove_leftovers(path)
        if not (path / SUMMARY).exists():
            folder.start()
        yield folder


def _check(path: Path, made_with: MadeWith) -> None:
    with writing(path):
        if is_vacant(path):
            return
        try:
            found = json.loads((path / SUMMARY).read_bytes())
            before = MadeWith(found["catalogue"], found["model"])
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            raise OutputError(
                "exists already, and is no folder of predictions",
                where=path,
                hint="remove it, or choose another output",
            ) from None
    for name, old, new in zip(MadeWith._fields, before, made_with, strict=True):
        if old != new:
            raise _another(name, path)


def _remove_leftovers(path: Path) -> None:
    """Remove what a killed process left of shards and the summary, not of other outputs."""
    with writing(path):
        for output in {output_of(entry) for entry in path.iterdir() if is_leftover(entry)}:
            if output.name == SUMMARY or _SHARD.fullmatch(output.name):
                with recovered(output):  # refused if another process is writing it
                    pass


def _another(what: str, path: Path) -> OutputError:
    return OutputError(
        f"holds the predictions of another {what}",
        where=path,
        hint="remove it, or choose another output",
    )


def _summary(made_with: MadeWith, **finished: Any) -> bytes:
    content = {**made_with._asdict(), "finished": bool(finished), **finished}
    return (json.dumps(content, indent=1) + "\n").encode()

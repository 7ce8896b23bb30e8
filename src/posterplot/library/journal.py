"""Record the changes to libraries in a journal outside of them, so that runs can be undone.

A run is a file of JSON lines in the user's state folder. The line of a film holds the bytes of each
of its files before and after, and is on the disk before the first of these files is changed. So
wherever a run was stopped, the journal says what to complete and what to undo. If a line is
incomplete, as after a power cut, none of its changes were made. Of an undone run, the changes to
files that were not restored stay in a file that ends in ``.undone``; the next undo tries them
again. Where writing failed, a later line lists the files: the last change before it to each of them
was not made.
"""

import base64
import json
import os
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from posterplot.errors import OutputError
from posterplot.files import new_file, writing
from posterplot.library.nfo_edit import Splice, apply
from posterplot.recovery import synchronise

FORMAT = 1


class Change(NamedTuple):
    """A change to one file.

    Attributes:
        path: Path relative to the library.
        old: The bytes before; None if the file is new.
        splices: Changes from the old bytes to the new.

    """

    path: str
    old: bytes | None
    splices: tuple[Splice, ...]

    @property
    def new(self) -> bytes:
        """The bytes afterwards."""
        return apply(self.old or b"", self.splices)


class Run(NamedTuple):
    """A run in the journal.

    Attributes:
        path: Path of its file.
        ended: Whether it was completed; otherwise the next run continues it.

    """

    path: Path
    ended: bool


class Record(Protocol):
    """Records changes; returns when they are on the disk."""

    def __call__(
        self, films: Sequence[Sequence[Change]] = (), *, failed: Collection[str] = ()
    ) -> None:
        """Record changes.

        Args:
            films: Changes that will be made, a sequence for each film.
            failed: Paths of files whose last recorded change was not made.

        """


def runs(folder: Path) -> list[Run]:
    """Return the runs on a library that were not undone, the oldest first.

    A file without a complete first line, as after a power cut, is no run: nothing was written.
    """
    with writing(folder):
        paths = sorted(folder.glob("*.jsonl"), key=lambda path: int(path.stem))
        return [Run(path, _ended(path)) for path in paths if _head(path)]


def undone_runs(folder: Path) -> list[Path]:
    """Return the files of undone runs of which some files were not restored, the newest first."""
    with writing(folder):
        return sorted(folder.glob("*.undone"), key=lambda path: int(path.stem), reverse=True)


def library_of(run: Path) -> Path | None:
    """Return the library that a run changed; None if its first line is incomplete.

    Raises:
        OutputError: The first line is damaged.

    """
    with writing(run):
        head = _head(run)
    if not head:
        return None
    try:
        return Path(json.loads(head)["library"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged_line(run, 1) from error


@contextmanager
def record_run(folder: Path, library: Path) -> Iterator[Record]:
    """Yield a function that records changes. Call it before the files are changed.

    If the last run was not completed, this one continues it, and both are undone as one. A run that
    changes nothing leaves no file.

    Raises:
        OutputError: The journal cannot be written.

    """
    before = runs(folder)
    if before and not before[-1].ended:
        path = before[-1].path
    else:
        with writing(folder):  # undone runs count too, so that none is overwritten
            numbers = [int(name.stem) for name in folder.glob("*.*") if name.stem.isdecimal()]
        path = folder / f"{max(numbers, default=0) + 1:06}.jsonl"
    if path.exists():
        _remove_incomplete_line(path)
    started = path.exists() and path.stat().st_size > 0

    def record(films: Sequence[Sequence[Change]] = (), *, failed: Collection[str] = ()) -> None:
        nonlocal started
        lines = [json.dumps({"failed": sorted(failed)}).encode() + b"\n"] if failed else []
        lines += [_encode(changes) for changes in films]
        if not started:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            head = {"format": FORMAT, "library": str(library), "begun": at}
            lines.insert(0, json.dumps(head).encode() + b"\n")
        _append(path, b"".join(lines))
        started = True

    yield record
    if started:
        _append(path, b'{"ended": true}\n')


def films_of(run: Path) -> Iterator[list[Change]]:
    """Yield the changes to each film of a run, the last film first, without those that failed.

    Raises:
        OutputError: The journal is damaged, or of a newer posterplot.

    """
    with writing(run), run.open("rb") as stream:
        starts = []
        position = 0
        for line in stream:
            if line.endswith(b"\n"):
                starts.append(position)
            position += len(line)
        failed: set[str] = set()
        for n in reversed(range(len(starts))):
            stream.seek(starts[n])
            line = stream.readline()
            try:
                content = json.loads(line)
                if n == 0 and content["format"] != FORMAT:
                    raise OutputError(
                        "was written by another version of posterplot", where=run, hint="use that"
                    )
                failed.update(content.get("failed", ()))
                changes = [_decode(change) for change in content.get("film", ())]
            except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
                raise damaged_line(run, n + 1) from error
            made = [change for change in changes if change.path not in failed]
            failed.difference_update(change.path for change in changes)
            if made:
                yield made


def remove_run(run: Path, *, left: Collection[str] = ()) -> None:
    """Remove an undone run from the journal.

    Args:
        run: A run, from :func:`runs` or :func:`undone_runs`.
        left: Paths of the files that were not restored. The changes to them stay: they have the
            old contents, and tell which genres are not the user's.

    """
    kept = run.with_suffix(".undone")
    with writing(run):
        if left:
            with run.open("rb") as stream:
                lines = [stream.readline()]
            films = [[change for change in film if change.path in left] for film in films_of(run)]
            lines += [_encode(film) for film in reversed(films) if film]
            with new_file(kept, replace=True) as file:
                file.write_bytes(b"".join(lines))
        if not left or run != kept:
            run.unlink()


def damaged_line(run: Path, line: int) -> OutputError:
    """Return the error that a line of a run is damaged."""
    return OutputError(
        f"line {line} is damaged", where=run, hint="restore it from a backup, or move it away"
    )


def _encode(changes: Sequence[Change]) -> bytes:
    film = [
        {
            "path": change.path,
            "old": None if change.old is None else _pack(change.old),
            "splices": [[s.start, s.end, _pack(s.content)] for s in change.splices],
        }
        for change in changes
    ]
    return json.dumps({"film": film}).encode() + b"\n"


def _decode(change: dict[str, Any]) -> Change:
    old = change["old"]
    splices = tuple(Splice(start, end, _unpack(text)) for start, end, text in change["splices"])
    return Change(change["path"], None if old is None else _unpack(old), splices)


def _pack(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 1)).decode()


def _unpack(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text, validate=True))


def _append(path: Path, content: bytes) -> None:
    """Append to a file, and flush it to the disk; after an error the file is as it was before."""
    with writing(path):
        new = not path.exists()
        with path.open("ab", buffering=0) as stream:
            whole = os.fstat(stream.fileno()).st_size
            try:
                rest = memoryview(content)
                while rest:  # on a full disk, a part may be written before the error
                    rest = rest[stream.write(rest) :]
                os.fsync(stream.fileno())
            except OSError:
                with suppress(OSError):
                    path.unlink() if new else os.ftruncate(stream.fileno(), whole)
                raise
        if new:
            synchronise(path.parent)


def _head(path: Path) -> bytes:
    """Return the first line of a run; empty if it is incomplete."""
    with path.open("rb") as stream:
        line = stream.readline()
    return line if line.endswith(b"\n") else b""


def _ended(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 100))
        return stream.read().endswith(b'{"ended": true}\n')


def _remove_incomplete_line(path: Path) -> None:
    """Remove an incomplete line that an interruption left at the end."""
    with writing(path), path.open("r+b") as stream:
        stream.truncate(sum(len(line) for line in stream if line.endswith(b"\n")))

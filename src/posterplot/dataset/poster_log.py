"""A log of the posters that ``prepare`` has decoded, to continue an interrupted call.

They are appended to ``NAME.part`` beside the dataset, in the order of the films, each with the
digest of the file it was made of. The next call reads them in the same order, and does not decode a
poster again if its digest has not changed. So an outdated log does no harm, and it need not be held
in memory.
"""

import hashlib
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from posterplot import __version__
from posterplot.dataset.duplicates import HASH_SIDE, poster_hash
from posterplot.dataset.poster_images import load_greys, open_poster, read_poster
from posterplot.dataset.stored_poster import stored_poster
from posterplot.errors import OutputError
from posterplot.file_parts import FilePart
from posterplot.files import writing
from posterplot.growing_file import growing_file

# Another version may store posters differently, so each version reads only its own file.
_MAGIC = b"decoded posters of posterplot "
_HEAD = _MAGIC + f"{__version__}\n".encode()
_LONGEST_HEAD = 100
# digest, perceptual hash, whether there is one, whether the poster is kept as it is, bytes
_RECORD = struct.Struct("<16sQ??I")


class LoggedPoster(NamedTuple):
    """The log entry of a poster.

    Attributes:
        digest: BLAKE2b digest of the file, 16 bytes; zeros if there is no usable poster.
        hash: 64-bit perceptual hash; see :func:`posterplot.dataset.duplicates.poster_hash`.
        content: The bytes that a dataset stores; None if they are those of the file itself.

    """

    digest: bytes
    hash: int | None = None
    content: bytes | None = None


NO_POSTER = LoggedPoster(bytes(16))


def decode(
    poster: Path | bytes | FilePart, known: LoggedPoster | None
) -> tuple[bytes, LoggedPoster]:
    """Return the bytes of a poster as a dataset stores them, and its log entry.

    Args:
        poster: The file, or its content.
        known: The log entry of an earlier call, perhaps of another poster.

    Raises:
        FilmError: The poster cannot be used.

    """
    file = poster if isinstance(poster, bytes) else read_poster(poster)
    digest = hashlib.blake2b(file, digest_size=16).digest()
    if known is not None and known.digest == digest:
        return file if known.content is None else known.content, known
    content, image = stored_poster(file)
    if image is None:  # kept byte for byte: greys are enough for the check and the hash
        hashed = poster_hash(load_greys(open_poster(content), HASH_SIDE))
        return content, LoggedPoster(digest, hashed)
    return content, LoggedPoster(digest, poster_hash(image), content)


class PosterLog:
    """The log of a catalogue's posters: entries of an earlier call are read first.

    Args:
        before: Entries that an earlier call logged, in the catalogue's order.
        kept: Number of these entries.
        write: Appends bytes to the file.

    """

    def __init__(
        self, before: Iterator[LoggedPoster], kept: int, write: Callable[[bytes], object]
    ) -> None:
        self._before = before
        self._has_head = kept > 0
        self._kept = kept
        self._write = write

    def next(self) -> LoggedPoster | None:
        """Return the entry that an earlier call logged for the next film; None if there is none."""
        return next(self._before, None)

    def add(self, poster: LoggedPoster) -> None:
        """Append the entry of the next film, unless the file already has it."""
        if self._kept:
            self._kept -= 1
            return
        if not self._has_head:
            self._write(_HEAD)
            self._has_head = True
        content = poster.content or b""
        head = _RECORD.pack(
            poster.digest,
            poster.hash or 0,
            poster.hash is not None,
            poster.content is None,
            len(content),
        )
        self._write(head + content)


@contextmanager
def poster_log(path: Path | None) -> Iterator[PosterLog]:
    """Yield the log of a dataset's posters.

    The file stays if the block is interrupted, or the disk or the memory is full. It is removed if
    the block succeeds, and after every other error.

    Args:
        path: Path of the log; None to log nothing.

    Raises:
        OutputError: The file cannot be written.

    """
    if path is None:
        yield PosterLog(iter(()), 0, lambda _: None)
        return
    with writing(path):
        kept = _repair(path)
    with closing(_read(path, kept)) as before:
        try:
            with growing_file(path, "repeat the command") as add:
                yield PosterLog(before, kept, add)
        except (OSError, MemoryError, OutputError):
            raise
        except Exception:
            path.unlink(missing_ok=True)
            raise
    path.unlink(missing_ok=True)


def _repair(path: Path) -> int:
    """Remove an incomplete entry from the end of a file; return the number of complete ones."""
    if not path.exists():
        return 0
    kept = whole = 0
    with path.open("r+b") as stream:
        head = stream.readline(_LONGEST_HEAD)
        if not (head.startswith(_MAGIC) or _MAGIC.startswith(head)):
            raise OutputError(
                "exists already, and is not the log of an interrupted prepare",
                where=path,
                hint="move it, or choose another output",
            )
        if head == _HEAD:
            whole = len(_HEAD)
            size = path.stat().st_size
            while len(head := stream.read(_RECORD.size)) == _RECORD.size:
                end = whole + _RECORD.size + _RECORD.unpack(head)[-1]
                if end > size:
                    break
                whole = stream.seek(end)
                kept += 1
        stream.truncate(whole if kept else 0)
    return kept


def _read(path: Path, posters: int) -> Generator[LoggedPoster]:
    if not posters:
        return
    with path.open("rb") as stream:
        stream.seek(len(_HEAD))
        for _ in range(posters):
            digest, hashed, has_hash, as_it_is, size = _RECORD.unpack(stream.read(_RECORD.size))
            content = stream.read(size)
            yield LoggedPoster(digest, hashed if has_hash else None, None if as_it_is else content)

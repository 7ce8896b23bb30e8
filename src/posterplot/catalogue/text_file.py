"""Read text files in UTF-8, UTF-16 or older encodings, plain or compressed."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TextIO

from posterplot.errors import CatalogueError, UsageError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CHUNK = 1 << 20
_SAMPLE = 200_000  # bytes of lines that are not ASCII; enough to detect the encoding
_MAX_FEW_LETTERS = 8  # up to this number, statistics cannot detect the encoding
_MAX_LINE_CHARS = 2**26  # a complete row
# The most common first, because ties are resolved in this order.
_LEGACY = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r", "cp1255", "cp1256"),
    *("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "mac_roman", "cp850"),
)


def lines_of(file: TextIO, path: Path) -> Iterator[str]:
    """Yield the lines of a text file, with their line ends.

    Raises:
        CatalogueError: A line is longer than that of any table, and would fill the memory.
    """
    for number, line in enumerate(iter(partial(file.readline, _MAX_LINE_CHARS), ""), start=1):
        if len(line) == _MAX_LINE_CHARS:
            raise CatalogueError(
                f"line {number:,} is over {_MAX_LINE_CHARS:,} characters long",
                where=path,
                hint="check that it is a table of films",
            )
        yield line


@contextmanager
def open_text(path: Path, encoding: str, newline: str | None = None) -> Iterator[TextIO]:
    """Open a text file, which may be compressed by gzip.

    Args:
        path: Path of the file.
        encoding: Encoding, from :func:`encoding_of`.
        newline: See :func:`open`.

    Raises:
        CatalogueError: The file cannot be opened, or holds a byte that is not in its encoding.
    """
    try:
        with _open(path) as file, io.TextIOWrapper(file, encoding, newline=newline) as text:
            yield text
    except UnicodeError as error:
        raise CatalogueError(
            f"byte {_bad_byte(path, encoding):,} is not {_shown(encoding)}",
            where=path,
            hint="save it as UTF-8, or give its encoding: `encoding=NAME`",
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open the bytes of a text file, unpacked if it is compressed by gzip.

    Raises:
        CatalogueError: The file cannot be opened or read.
    """
    try:
        with _open(path) as file:
            yield file
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def encoding_of(path: Path, declared: str | None = None) -> str:
    """Return the encoding of a text file: the given one, that of its byte-order mark, or a guess.

    A file that is valid UTF-8 is UTF-8. A file with letters in UTF-8 followed by an invalid byte is
    taken for damaged UTF-8, not for another encoding. Other files are left to
    ``charset-normalizer``.

    Args:
        path: The file; it is read to its end once.
        declared: Encoding given by the user.

    Raises:
        UsageError: ``declared`` is not an encoding.
        CatalogueError: The file cannot be read.
    """
    if declared:
        try:
            return codecs.lookup(declared).name
        except LookupError:
            raise UsageError(
                f"there is no encoding {declared!r}",
                argument="encoding",
                hint="name it as Python does: utf-8, cp1252, shift_jis",
            ) from None
    with open_bytes(path) as file:
        start = file.read(1000)
        for mark, name in _MARKS.items():
            if start.startswith(mark):
                return name
        for first, name in enumerate(("utf-16-be", "utf-16-le")):
            # headers are mostly ASCII, so that there is a zero beside every character
            if start[first:16:2] == bytes(8) or start[first::2].count(0) > len(start) // 4:
                return name
        file.seek(0)
        return _without_mark(file)


def shown_encoding(encoding: str) -> str:
    """Return a note on the encoding; "" for UTF-8."""
    return "" if encoding in ("utf-8", "utf-8-sig") else f"read as {_shown(encoding)}"


def _shown(encoding: str) -> str:
    return encoding.removesuffix("-sig").upper()


def _without_mark(file: IO[bytes]) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    letters = False  # whether UTF-8 characters outside ASCII were found
    while chunk := file.read(_CHUNK):
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        held = decoder.getstate()[0]
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            before = (held + chunk)[: error.start]
            if letters or not before.isascii():
                return "utf-8"  # the file is damaged; reading it reports the byte
            file.seek(0)
            return _legacy(file)
        letters = True
    return "utf-8"  # also if the last character is incomplete


def _legacy(file: IO[bytes]) -> str:
    from charset_normalizer import from_bytes

    sample = bytearray()
    for line in iter(lambda: file.readline(_CHUNK), b""):
        if not line.isascii():
            sample += line
        if len(sample) >= _SAMPLE:
            break
    if _few_western_letters(bytes(sample)):
        return _LEGACY[0]
    matches = from_bytes(bytes(sample[:_SAMPLE]), cp_isolation=list(_LEGACY))
    best = matches.best()
    if best is None:
        return "utf-8"
    equal = {best.encoding, *best.could_be_from_charset}
    equal |= {
        match.encoding
        for match in matches
        if (match.chaos, match.coherence) == (best.chaos, best.coherence)
    }
    return next((name for name in _LEGACY if name in equal), best.encoding)


def _few_western_letters(sample: bytes) -> bool:
    """Return whether a sample has too few letters for detection, but may be CP1252."""
    odd = bytes(byte for byte in sample if byte > 127)
    if len(odd) > _MAX_FEW_LETTERS:
        return False
    text = odd.decode(_LEGACY[0], "replace")
    return all(character.isalpha() or character in "‘’“”–—…" for character in text)


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if file.peek(2)[:2] == b"\x1f\x8b":
            with gzip.open(file) as unpacked:
                yield unpacked  # type: ignore[misc]  # it has the same methods
        else:
            yield file


def _unreadable(path: Path, error: Exception) -> CatalogueError:
    reason = getattr(error, "strerror", None) or error
    return CatalogueError(
        f"cannot be read ({reason})",
        where=path,
        hint="check that it is complete, and its permissions",
    )


def _bad_byte(path: Path, encoding: str) -> int:
    """Return the offset of the first byte of a file that is invalid in its encoding.

    The error of a text file counts from the start of its buffer, so the file is read again.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0  # bytes of the file before this chunk
    with _open(path) as file:
        while True:
            chunk = file.read(_CHUNK)
            state = decoder.getstate()[0]
            held = len(state) if isinstance(state, bytes) else 0  # the start of a character
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return done - held + error.start
            done += len(chunk)
            if not chunk:
                return done

"""Text files as users have them: UTF-8 or, with a byte-order mark, UTF-16."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from posterplot.errors import CatalogueError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CHUNK = 1 << 20


@contextmanager
def open_text(path: Path, newline: str | None = None) -> Iterator[TextIO]:
    """Open a text file, whatever its byte-order mark.

    Args:
        path: the file.
        newline: as for :func:`open`.

    Raises:
        CatalogueError: the file cannot be opened, or holds a byte that is not in its encoding.
    """
    encoding = "utf-8"
    try:
        with path.open("rb") as file:
            start = file.read(3)
        encoding = next((name for mark, name in _MARKS.items() if start.startswith(mark)), encoding)
        with path.open(encoding=encoding, newline=newline) as text:
            yield text
    except UnicodeError as error:
        raise CatalogueError(
            f"byte {_bad_byte(path, encoding):,} is not {encoding.removesuffix('-sig').upper()}",
            where=path,
            hint="save it as UTF-8",
        ) from error
    except OSError as error:
        raise CatalogueError(
            f"cannot be read ({error.strerror})", where=path, hint="check its permissions"
        ) from error


def _bad_byte(path: Path, encoding: str) -> int:
    """Return the place in the file, from 0, of the first byte that is not in its encoding.

    The error that a text file raises counts from the start of its own buffer, so the file is gone
    over once more.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0  # bytes of the file before this chunk
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            held = len(decoder.getstate()[0])  # of the last chunk: the start of a character
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return done - held + error.start
            done += len(chunk)
            if not chunk:
                return done

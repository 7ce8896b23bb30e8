"""Write CSV with lines that end in a line feed."""

from typing import TextIO


class LineFeeds:
    r"""A stream for :func:`csv.writer` that ends each row with a line feed.

    ``lineterminator="\n"`` would do the same, but then Python 3.11 does not quote a field with a
    carriage return, which every reader takes for the end of the row.

    Args:
        stream: A text file opened with ``newline=""``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, row: str) -> int:
        r"""Write one row that ends with ``\r\n``, as :func:`csv.writer` passes it by default."""
        return self._stream.write(row.removesuffix("\r\n") + "\n")

"""Bytes that stay in their file until they are needed."""

import zlib
from dataclasses import dataclass
from pathlib import Path

from posterplot.errors import DatasetError


@dataclass(frozen=True, slots=True)
class FilePart:
    """Bytes inside a file, such as a poster in a Parquet file.

    It takes about 150 bytes of memory, and may be sent to another process.

    Args:
        path: Path of the file.
        offset: Position of the first byte.
        size: Number of bytes.
        checksum: CRC-32 of the bytes. It was computed when the file was checked, and detects later
            changes.

    """

    path: Path
    offset: int
    size: int
    checksum: int

    def read(self) -> bytes:
        """Read the bytes.

        Raises:
            DatasetError: The file cannot be read any more, or was changed.

        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                content = file.read(self.size)
        except OSError as error:
            raise DatasetError(
                f"cannot be read any more ({error.strerror or error})",
                where=self.path,
                hint="keep the dataset in its place while it is used, and start again",
            ) from error
        if len(content) != self.size or zlib.crc32(content) != self.checksum:
            raise DatasetError(
                "was changed while it was used",
                where=self.path,
                hint="prepare the dataset again, and start again",
            )
        return content

"""Find where posters are stored inside the Parquet files of a dataset.

Posters are stored uncompressed and without a dictionary, so each of them lies in the file as it is:
its length in four bytes, then its content. See the layout of ``PLAIN`` byte arrays in the Parquet
format's "Encodings". So one poster can be read without its row group, which has 8 MB.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from posterplot.file_parts import FilePart

_COLUMN = "poster.bytes"
# Adjacent posters have no gap or, at a page boundary, the levels and the header of a page.
_MAX_GAP_BYTES = 4096


def poster_places(
    shard: Path, group: pq.RowGroupMetaData, posters: Sequence[bytes | None]
) -> list[FilePart | bytes | None]:
    """Find the posters of a row group in its file.

    Args:
        shard: The Parquet file.
        group: Metadata of the row group.
        posters: Posters of its N films, as they were read.

    Returns:
        The place of each poster. A poster that is not in the file as it is, because other software
        has compressed it, is returned itself.

    Raises:
        OSError: The file cannot be read.

    """
    columns = (group.column(n) for n in range(group.num_columns))
    chunk = next(column for column in columns if column.path_in_schema == _COLUMN)
    start, size = chunk.data_page_offset, chunk.total_compressed_size
    with shard.open("rb") as file:
        file.seek(start)
        content = file.read(size)
    found: list[FilePart | bytes | None] = []
    end = 0  # the end of the poster before
    for poster in posters:
        place = -1 if poster is None else _find(content, poster, end)
        if poster is None or place < 0:
            found.append(poster)
            continue
        end = place + len(poster)
        found.append(FilePart(shard, start + place, len(poster), zlib.crc32(poster)))
    return found


def _find(content: bytes, poster: bytes, start: int) -> int:
    """Return the offset of a poster at or shortly after ``start``; -1 if it is not there."""
    stored = len(poster).to_bytes(4, "little") + poster
    if content.startswith(stored, start):
        return start + 4
    place = content.find(stored, start, start + _MAX_GAP_BYTES + len(stored))
    return place if place < 0 else place + 4

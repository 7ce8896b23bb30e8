"""Parquet; posters may be inside, as bytes or as Hugging Face datasets store them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from posterplot.catalogue.rows import COLUMNS, Row, check_columns
from posterplot.errors import CatalogueError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_ROWS_AT_ONCE = 64  # with the bytes of their posters, which may be megabytes each


def read_parquet(path: Path) -> Iterator[Row]:
    """Read a Parquet table.

    Raises:
        CatalogueError: not a Parquet file, a damaged one, or a missing column.
    """
    with _open(path) as file:
        columns = file.schema_arrow.names
        check_columns(columns, path)
        known = [name for name in columns if name in COLUMNS]
        numbers = iter(range(1, file.metadata.num_rows + 1))
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=known):
            for values in batch.to_pylist():
                yield Row(next(numbers), values)


def count_parquet(path: Path) -> int:
    """Return the number of rows, which the file's footer holds."""
    with _open(path) as file:
        return int(file.metadata.num_rows)


@contextmanager
def _open(path: Path) -> Iterator["pq.ParquetFile"]:
    import pyarrow as pa  # here, as catalogues of text need not wait for it
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise CatalogueError(
            f"cannot be read as Parquet ({error})", where=path, hint="write the table again"
        ) from error

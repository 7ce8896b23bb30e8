"""Read Parquet. Posters may be paths, bytes, or structs as in Hugging Face datasets."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from posterplot.catalogue.arrow_rows import may_hold_flags, rows_of
from posterplot.catalogue.columns import genre_flags
from posterplot.catalogue.table import Row, Table
from posterplot.errors import CatalogueError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_BATCH_ROWS = 64  # small, because a row may hold megabytes of a poster
_FIRST_ROWS = 50


# Opens a file that is not on this machine.
Opener = Callable[[], IO[bytes]]


def open_parquet(path: Path, opener: Opener | None = None) -> Table:
    """Open a Parquet table.

    Args:
        path: Path of the file.
        opener: Opens the file if it is not on this machine.

    Raises:
        CatalogueError: The file is not Parquet, or is damaged.
        ModuleNotFoundError: pyarrow is not installed.
    """
    with parquet_file(path, opener) as file:
        columns, rows = file.schema_arrow.names, int(file.metadata.num_rows)
        small = [field.name for field in file.schema_arrow if may_hold_flags(field.type)]

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        numbers = iter(range(1, rows + 1))
        with parquet_file(path, opener) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=list(wanted)):
                for values in rows_of(batch):
                    yield Row(next(numbers), values)

    first = [row.values for row, _ in zip(read(small), range(_FIRST_ROWS), strict=False)]
    return Table(
        path=path,
        folder=path.parent,
        format="Parquet table",
        columns=tuple(columns),
        read=read,
        count=lambda: rows,
        flags=genre_flags(small, first),
    )


@contextmanager
def parquet_file(path: Path, opener: Opener | None = None) -> Iterator["pq.ParquetFile"]:
    """Open a Parquet file.

    Args:
        path: Path of the file.
        opener: Opens the file if it is not on this machine.

    Raises:
        CatalogueError: The file is not Parquet, or is damaged.
    """
    import pyarrow as pa  # imported here, because catalogues of text do not need it
    import pyarrow.parquet as pq

    try:
        # an open file, because pyarrow takes no path that is not UTF-8
        with opener() if opener else path.open("rb") as stream, pq.ParquetFile(stream) as file:
            yield file
    except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
        raise CatalogueError(
            f"cannot be read as Parquet ({error})", where=path, hint="write the table again"
        ) from error

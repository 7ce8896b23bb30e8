"""Convert Arrow batches, of Parquet files and Hugging Face datasets, to rows."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pyarrow is an extra
    import pyarrow as pa

# Replaces a value whose text is not UTF-8. It is not UTF-8 either, so the film is rejected where
# the value is read as text.
_NOT_UTF8 = b"\xff"
# Of text that is not UTF-8, and of dates and times that Python cannot hold.
_UNREADABLE = (OverflowError, ValueError)
_FLAG_TYPES = re.compile(r"bool|u?int|float|double|decimal|(large_)?string|dictionary")


def may_hold_flags(type_: "pa.DataType") -> bool:
    """Return whether a column of this type may hold 0 or 1 for each film."""
    return _FLAG_TYPES.match(str(type_)) is not None


def rows_of(batch: "pa.RecordBatch") -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch; text that is not UTF-8 becomes bytes instead of an error.

    A date that Python cannot hold, such as of the year 20000, becomes None.
    """
    try:
        yield from batch.to_pylist()
    except _UNREADABLE:
        columns = [_values(column) for column in batch.columns]
        for values in zip(*columns, strict=True):
            yield dict(zip(batch.schema.names, values, strict=True))


def _values(column: "pa.Array") -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except _UNREADABLE:
        return [_value(scalar) for scalar in column]
    return values


def _value(scalar: "pa.Scalar") -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return scalar.as_buffer().to_pybytes() if hasattr(scalar, "as_buffer") else _NOT_UTF8
    except _UNREADABLE:
        return None

"""Write a dataset as Parquet files, with posters, that Hugging Face ``datasets`` can load."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from posterplot.dataset.blocks import places_of
from posterplot.films import SPLITS, Film, Split

# 256 films with posters of 256 pixels take about 8 MB, which a streaming reader holds at once.
ROW_GROUP = 256
# About 120 MB per file.
FILMS_PER_SHARD = 4096

_STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_FIELDS = [
    ("id", pa.string()),
    ("title", pa.string()),
    ("year", pa.int32()),
    ("overview", pa.string()),
    ("genres", pa.list_(pa.string())),
    ("poster", _STRUCT),
    ("label_source", pa.string()),
    ("group", pa.int64()),
]


def _feature(name: str, type_: pa.DataType) -> dict[str, object]:
    if name == "poster":
        return {"_type": "Image"}
    if name == "genres":  # "Sequence" is understood by every version of `datasets`, "List" from 4
        return {"_type": "Sequence", "feature": {"_type": "Value", "dtype": "string"}}
    return {"_type": "Value", "dtype": str(type_)}


# With this, `datasets.load_dataset` decodes posters instead of returning structs.
_HUGGINGFACE = {"info": {"features": {name: _feature(name, type_) for name, type_ in _FIELDS}}}
SCHEMA = pa.schema(_FIELDS, metadata={"huggingface": json.dumps(_HUGGINGFACE)})
# The spool holds the films until their groups and splits are known.
_SPOOL_SCHEMA = pa.schema(_FIELDS[:-1])

# JPEG cannot be compressed further, and texts that differ in every row need no dictionary.
_COMPRESSION = {
    "poster.bytes": "none",
    **dict.fromkeys(("id", "title", "year", "overview", "genres.list.element"), "zstd"),
    **dict.fromkeys(("poster.path", "label_source", "group"), "zstd"),
}


def write_spool(path: Path, films: Iterable[Film]) -> None:
    """Write films to one Arrow file, in batches of ``ROW_GROUP``.

    Args:
        path: Path of the file.
        films: Films whose posters are None or bytes.
    """
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _SPOOL_SCHEMA) as writer:
        waiting: list[Film] = []
        for film in films:
            waiting.append(film)
            if len(waiting) == ROW_GROUP:
                writer.write_batch(_batch(waiting))
                waiting.clear()
        if waiting:
            writer.write_batch(_batch(waiting))


def shards_of(split: Split, splits: NDArray[np.int8]) -> Iterator[tuple[str, slice]]:
    """Divide the films of a split into files.

    Args:
        split: Split that the films belong to.
        splits: ``(N,)`` indices into ``SPLITS``, of all films in the spool.

    Yields:
        A file's name, as Hugging Face names shards, and the part of the spool that has its films,
        and no other film of the split.
    """
    films = places_of(splits, SPLITS.index(split))
    count = -(-len(films) // FILMS_PER_SHARD)
    for n in range(count):
        part = films[n * FILMS_PER_SHARD : (n + 1) * FILMS_PER_SHARD]
        yield f"{split}-{n:05d}-of-{count:05d}.parquet", slice(int(part[0]), int(part[-1]) + 1)


def write_shard(
    path: Path, spool: Path, films: NDArray[np.int32], groups: NDArray[np.int32]
) -> None:
    """Copy films from the spool to a Parquet file. At most two row groups are in memory.

    Args:
        path: Path of the Parquet file.
        spool: File that :func:`write_spool` wrote.
        films: ``(N,)`` places in the spool, rising.
        groups: The group number of every film in the spool.
    """
    with (
        pa.OSFile(str(spool)) as file,
        pq.ParquetWriter(
            path,
            SCHEMA,
            compression=_COMPRESSION,
            use_dictionary=["genres.list.element", "label_source"],
            write_statistics=["id", "year", "group"],
        ) as writer,
    ):
        reader = pa.ipc.open_file(file)
        waiting = pa.table([[]] * len(SCHEMA), SCHEMA)
        for number in np.unique(films // ROW_GROUP).tolist():
            here = films[films // ROW_GROUP == number]
            batch = reader.get_batch(number).take(pa.array(here % ROW_GROUP))
            batch = pa.record_batch(
                [*batch.columns, pa.array(groups[here].astype(np.int64))], SCHEMA
            )
            waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
            if len(waiting) >= ROW_GROUP:
                writer.write_table(waiting.slice(0, ROW_GROUP))
                waiting = waiting.slice(ROW_GROUP)
        if len(waiting):
            writer.write_table(waiting)


def _batch(films: list[Film]) -> pa.RecordBatch:
    posters = [None if f.poster is None else {"bytes": f.poster, "path": None} for f in films]
    return pa.record_batch(
        [
            pa.array([f.id for f in films], pa.string()),
            pa.array([f.title for f in films], pa.string()),
            pa.array([f.year for f in films], pa.int32()),
            pa.array([f.overview for f in films], pa.string()),
            pa.array([f.genres for f in films], pa.list_(pa.string())),
            pa.array(posters, _STRUCT),
            pa.array([f.label_source or None for f in films], pa.string()),
        ],
        _SPOOL_SCHEMA,
    )

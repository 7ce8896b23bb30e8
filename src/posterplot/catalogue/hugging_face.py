"""Read Hugging Face datasets on disk: an image folder, Parquet shards, or ``save_to_disk``."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from posterplot.catalogue.arrow_rows import may_hold_flags, rows_of
from posterplot.catalogue.columns import genre_flags
from posterplot.catalogue.csv_table import open_csv
from posterplot.catalogue.features import class_names, features_of_card
from posterplot.catalogue.json_table import open_jsonl
from posterplot.catalogue.parquet_table import open_parquet, parquet_file
from posterplot.catalogue.safe_files import check_inside, description, files_below
from posterplot.catalogue.table import Row, Table
from posterplot.errors import CatalogueError

if TYPE_CHECKING:
    import pyarrow as pa

# Words in the names of files and folders from which `datasets` infers the split.
_SPLIT = re.compile(r"(?:^|[^a-z])(train|training|validation|valid|val|dev|test)(?:[^a-z]|$)")
Layout = Literal["saved", "images", "shards"]
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_FIRST_ROWS = 50  # inspected to find columns of 0 and 1
_BATCH_ROWS = 64  # small, as each row holds the bytes of its poster


def detect_layout(folder: Path) -> tuple[Layout | None, list[Path]]:
    """Detect how a dataset is stored.

    Args:
        folder: Root folder of the dataset.

    Returns:
        The layout and its parts: ``"saved"`` (by ``save_to_disk``) with one folder per split,
        ``"images"`` (image folder) with the metadata files, or ``"shards"`` with the Parquet
        files; None and no parts for any other folder.

    Raises:
        CatalogueError: ``dataset_dict.json`` cannot be read.
    """
    if (folder / "dataset_dict.json").is_file():
        splits = description(folder / "dataset_dict.json", folder).get("splits")
        names = [str(name) for name in splits] if isinstance(splits, list) else []
        # a name with a path in it could lead out of the folder
        return "saved", [folder / name for name in names if Path(name).name == name]
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():
        return "saved", [folder]
    files = list(files_below(folder, 2))
    if metadata := [path for path in files if path.name in _METADATA]:
        return "images", metadata
    if shards := [path for path in files if path.suffix == ".parquet"]:
        return "shards", shards
    return None, []


def open_hugging_face(folder: Path, layout: Layout, parts: Sequence[Path]) -> Table:
    """Open a dataset.

    Args:
        folder: Root folder of the dataset.
        layout: Layout returned by :func:`detect_layout`.
        parts: Files and folders returned by :func:`detect_layout`.

    Raises:
        CatalogueError: A file is missing, damaged, or a symbolic link that leads out of the folder.
        ModuleNotFoundError: Pyarrow, or PyYAML for the card, is not installed.
    """
    for path in parts:
        check_inside(path, folder)
    opened = [_OPENERS[layout](path, folder) for path in parts]
    if not opened:
        raise CatalogueError("the dataset lists no splits", where=folder, hint="save it again")
    names: dict[str, Mapping[int, str]] = {}
    for table in opened:
        names |= table.genre_names
    names = features_of_card(folder) | names
    fixed = {"split": "split"} if any("split" in table.columns for table in opened) else {}

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        number = 0  # counts over all parts, because it becomes the id of films without one
        for table in opened:
            for row in table.read([column for column in wanted if column in table.columns]):
                number += 1
                yield row._replace(number=number)

    return Table(
        path=folder,
        folder=folder,
        format=f"Hugging Face dataset, {_FORMAT_NAMES[layout]}",
        columns=tuple(dict.fromkeys(name for table in opened for name in table.columns)),
        read=read,
        count=lambda: sum(table.count() for table in opened),
        fixed_columns=fixed,
        flags=opened[0].flags,
        genre_names=names,
    )


def _open_images(path: Path, folder: Path) -> Table:
    """Open the metadata of an image folder; file names are relative to it."""
    if path.suffix == ".parquet":
        table = open_parquet(path)
    else:
        table = open_csv(path) if path.suffix == ".csv" else open_jsonl(path)
    subfolder = path.parent.relative_to(folder)
    folders = {column: subfolder for column in table.columns if _is_file_name(column)}
    return _with_split_and_paths(table, path, folder, folders)


def _is_file_name(column: str) -> bool:
    return column == "file_name" or column.endswith("_file_name")


def _open_shard(path: Path, folder: Path) -> Table:
    """Open a Parquet file; class names are in its ``huggingface`` metadata."""
    table = open_parquet(path)
    with parquet_file(path) as file:
        metadata = (file.schema_arrow.metadata or {}).get(b"huggingface", b"")
    table = _with_split_and_paths(table, path, folder, {})
    return replace(table, genre_names=class_names(_features_from_metadata(metadata)))


def _with_split_and_paths(
    table: Table, path: Path, folder: Path, base_folders: Mapping[str, Path]
) -> Table:
    """Return the table of a part with the source of each row, and with the split of its path.

    Args:
        table: Table of the part.
        path: Path of the part.
        folder: Root folder of the dataset.
        base_folders: Column of file names -> folder that they are relative to.
    """
    shown = path.relative_to(folder)
    split = "" if "split" in table.columns else split_from_path(shown)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        for row in table.read([column for column in wanted if column in table.columns]):
            values = dict(row.values)
            for column, base in base_folders.items():
                if isinstance(name := values.get(column), str) and name:
                    values[column] = (base / name).as_posix()
            if split:
                values["split"] = split
            yield Row(row.number, values, row.problem, f"{shown} row {row.number}")

    columns = (*table.columns, "split") if split else table.columns
    return replace(table, columns=columns, read=read)


def split_from_path(path: Path) -> str:
    """Infer the split from the name of a file, or else of its folders; "" if there is none.

    >>> split_from_path(Path("training/a.parquet")), split_from_path(Path("data/val-0.parquet"))
    ('train', 'val')
    """
    for part in reversed(path.parts):
        if match := _SPLIT.search(part.casefold()):
            return match[1].removesuffix("ing")  # "training" is "train"
    return ""


def _open_saved(path: Path, folder: Path) -> Table:
    """Open a split written by ``save_to_disk``: Arrow streams, listed in ``state.json``."""
    state = description(path / "state.json", folder)
    info = description(path / "dataset_info.json", folder)
    listed = state.get("_data_files")
    entries = listed if isinstance(listed, list) else []
    names = [str(entry.get("filename")) for entry in entries if isinstance(entry, dict)]
    files = [path / name for name in names if Path(name).name == name]
    for file in files:
        check_inside(file, folder)
    if not files:
        raise CatalogueError(
            "lists no data files", where=path / "state.json", hint="save the dataset again"
        )
    with _arrow(files[0]) as stream:
        columns = tuple(stream.schema.names)
        small = [field.name for field in stream.schema if may_hold_flags(field.type)]
    split = split_from_path(Path(path.name)) if path != folder else ""

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        number = 0
        for file in files:
            with _arrow(file) as stream:
                for batch in stream:
                    chosen = batch.select([c for c in wanted if c in columns])
                    for start in range(0, batch.num_rows, _BATCH_ROWS):
                        for values in rows_of(chosen.slice(start, _BATCH_ROWS)):
                            number += 1
                            if split:
                                values["split"] = split
                            yield Row(number, values, source=f"{path.name} row {number}")

    def count() -> int:
        total = 0
        for file in files:
            with _arrow(file) as stream:
                total += sum(batch.num_rows for batch in stream)
        return total

    return Table(
        path=path,
        folder=folder,
        format="",  # open_hugging_face replaces it
        columns=(*columns, "split") if split and "split" not in columns else columns,
        read=read,
        count=count,
        genre_names=class_names(info.get("features")),
        flags=genre_flags(small, [row.values for row in islice(read(small), _FIRST_ROWS)]),
    )


@contextmanager
def _arrow(path: Path) -> Iterator["pa.RecordBatchStreamReader"]:
    """Open an Arrow stream; raise :class:`CatalogueError` if it is damaged."""
    import pyarrow as pa

    try:
        with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as stream:
            yield stream
    except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
        raise CatalogueError(
            f"cannot be read as Arrow ({error})", where=path, hint="save the dataset again"
        ) from error


def _features_from_metadata(metadata: bytes) -> Any:
    """Return the features that a Parquet file describes; None if it describes none."""
    try:
        return json.loads(metadata)["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


_OPENERS = {"images": _open_images, "shards": _open_shard, "saved": _open_saved}
_FORMAT_NAMES = {"images": "image folder", "shards": "Parquet", "saved": "save_to_disk"}

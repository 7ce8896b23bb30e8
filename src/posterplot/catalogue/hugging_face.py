"""Hugging Face ``datasets`` on disk: an image folder, Parquet shards, or ``save_to_disk``."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posterplot.catalogue.arrow_rows import rows_of
from posterplot.catalogue.csv_table import open_csv
from posterplot.catalogue.features import class_names, features_of_card
from posterplot.catalogue.json_table import open_jsonl
from posterplot.catalogue.parquet_table import open_parquet, parquet_file
from posterplot.catalogue.safe_files import check_inside, description, files_below
from posterplot.catalogue.table import Row, Table
from posterplot.errors import CatalogueError

if TYPE_CHECKING:
    import pyarrow as pa

# The words in names of files and folders by which `datasets` finds splits.
_SPLIT = re.compile(r"(?:^|[^a-z])(train|training|validation|valid|val|dev|test)(?:[^a-z]|$)")
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_ROWS_AT_ONCE = 64  # with the bytes of their posters


def find_parts(folder: Path) -> tuple[str, list[Path]]:
    """Return which of the three layouts a folder has, or "", and its files.

    Args:
        folder: of the dataset.
    """
    if (folder / "dataset_dict.json").is_file():
        splits = description(folder / "dataset_dict.json", folder).get("splits")
        names = [str(name) for name in splits] if isinstance(splits, list) else []
        return "saved", [folder / name for name in names if Path(name).name == name]
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():
        return "saved", [folder]
    files = list(files_below(folder, 2))
    if metadata := [path for path in files if path.name in _METADATA]:
        return "images", metadata
    if shards := [path for path in files if path.suffix == ".parquet"]:
        return "shards", shards
    return "", []


def open_hugging_face(folder: Path, layout: str, parts: Sequence[Path]) -> Table:
    """Open a dataset.

    Args:
        folder: of the dataset.
        layout: and ``parts``: from :func:`find_parts`.
        parts: its files.

    Raises:
        CatalogueError: a part is missing, damaged, or a link that leads out of the folder.
        ModuleNotFoundError: pyarrow, or PyYAML for the card, is not installed.
    """
    for path in parts:
        check_inside(path, folder)
    opened = [_OPEN[layout](path, folder) for path in parts]
    if not opened:
        raise CatalogueError("names no splits", where=folder, hint="save the dataset again")
    names: dict[str, Mapping[int, str]] = {}
    for table in opened:
        names |= table.genre_names
    names = features_of_card(folder) | names
    given = {"split": "split"} if any("split" in table.columns for table in opened) else {}

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        number = 0  # over all parts: it names films that have no id
        for table in opened:
            for row in table.read([column for column in wanted if column in table.columns]):
                number += 1
                yield row._replace(number=number)

    return Table(
        path=folder,
        folder=folder,
        format=f"Hugging Face dataset, {_SHOWN[layout]}",
        columns=tuple(dict.fromkeys(name for table in opened for name in table.columns)),
        read=read,
        count=lambda: sum(table.count() for table in opened),
        given=given,
        flags=opened[0].flags,
        genre_names=names,
    )


def _open_images(path: Path, folder: Path) -> Table:
    """Open the metadata of an image folder; names of files are relative to it."""
    if path.suffix == ".parquet":
        table = open_parquet(path)
    else:
        table = open_csv(path) if path.suffix == ".csv" else open_jsonl(path)
    place = path.parent.relative_to(folder)
    return _within(table, path, folder, {c: place for c in table.columns if _is_file_name(c)})


def _is_file_name(column: str) -> bool:
    return column == "file_name" or column.endswith("_file_name")


def _open_shard(path: Path, folder: Path) -> Table:
    table = open_parquet(path)
    with parquet_file(path) as file:
        written = (file.schema_arrow.metadata or {}).get(b"huggingface", b"")
    return replace(_within(table, path, folder, {}), genre_names=class_names(_features_in(written)))


def _within(table: Table, path: Path, folder: Path, names: Mapping[str, Path]) -> Table:
    """Return the table of a part, with the source of each row and the split that its name gives.

    Args:
        table: of the part.
        path: of the part.
        folder: of the dataset.
        names: column of file names -> the folder they are relative to.
    """
    shown = path.relative_to(folder)
    split = "" if "split" in table.columns else split_in(shown)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        for row in table.read([column for column in wanted if column in table.columns]):
            values = dict(row.values)
            for column, place in names.items():
                if isinstance(name := values.get(column), str) and name:
                    values[column] = (place / name).as_posix()
            if split:
                values["split"] = split
            yield Row(row.number, values, row.fault, f"{shown} row {row.number}")

    columns = (*table.columns, "split") if split else table.columns
    return replace(table, columns=columns, read=read)


def split_in(path: Path) -> str:
    """Return the split that the name of a file or of its folders gives; "" if none."""
    for part in reversed(path.parts):
        if match := _SPLIT.search(part.casefold()):
            return match[1].removesuffix("ing")
    return ""


def _open_saved(path: Path, folder: Path) -> Table:
    state = description(path / "state.json", folder)
    info = description(path / "dataset_info.json", folder)
    listed = state.get("_data_files")
    entries = listed if isinstance(listed, list) else []
    names = [str(entry.get("filename")) for entry in entries if isinstance(entry, dict)]
    files = [path / name for name in names if Path(name).name == name]
    for file in files:
        check_inside(file, folder)
    if not files:
        raise CatalogueError("names no files", where=path / "state.json", hint="save it again")
    with _arrow(files[0]) as stream:
        columns = tuple(stream.schema.names)
    split = path.name if path != folder and split_in(Path(path.name)) else ""

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        number = 0
        for file in files:
            with _arrow(file) as stream:
                for batch in stream:
                    chosen = batch.select([c for c in wanted if c in columns])
                    for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                        for values in rows_of(chosen.slice(start, _ROWS_AT_ONCE)):
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
        format="",
        columns=(*columns, "split") if split and "split" not in columns else columns,
        read=read,
        count=count,
        genre_names=class_names(info.get("features")),
    )


@contextmanager
def _arrow(path: Path) -> Iterator["pa.RecordBatchStreamReader"]:
    import pyarrow as pa

    try:
        with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as stream:
            yield stream
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise CatalogueError(
            f"cannot be read as Arrow ({error})", where=path, hint="save the dataset again"
        ) from error


def _features_in(written: bytes) -> Any:
    try:
        return json.loads(written)["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


_OPEN = {"images": _open_images, "shards": _open_shard, "saved": _open_saved}
_SHOWN = {"images": "image folder", "shards": "Parquet", "saved": "save_to_disk"}

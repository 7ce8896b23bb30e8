"""Read a prepared dataset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from posterplot.dataset.manifest import DatasetManifest, file_digest, manifest_digest
from posterplot.dataset.poster_places import poster_places
from posterplot.dataset.shards import SCHEMA
from posterplot.errors import DatasetError
from posterplot.file_parts import FilePart
from posterplot.films import Film, GenreVocabulary, Split

MANIFEST = "dataset.json"
DATA = "data"

_BATCH_ROWS = 256
# Column that datasets lack if they were prepared before it existed.
_WITHOUT_SOURCE = SCHEMA.remove(SCHEMA.get_field_index("label_source"))


@dataclass(frozen=True, slots=True)
class Dataset:
    """A prepared dataset.

    The SHA-256 of a file is checked before it is read for the first time.

    Args:
        path: Folder of the dataset.
        manifest: Contents of ``dataset.json``.
    """

    path: Path
    manifest: DatasetManifest
    _checked: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def vocabulary(self) -> GenreVocabulary:
        """The G genres that have a film in train."""
        return GenreVocabulary(self.manifest.genres)

    def films(self, split: Split, *, in_place: bool = False) -> Iterator[Film]:
        """Yield the films of a split in order. A few hundred are in memory at a time.

        Args:
            split: Which.
            in_place: Whether posters stay in their files until they are needed, so that all films
                of a split fit into memory.

        Yields:
            films whose posters are bytes or, if ``in_place``, their places; None if absent.

        Raises:
            DatasetError: The split has no films, or its files are missing, altered or damaged.
        """
        for shard in self._shards(split):
            try:
                with pq.ParquetFile(shard) as file:
                    _check_columns(file)
                    source = f"{self.path.name} {split}"
                    for rows, posters in _groups(shard, file, in_place):
                        for row, poster in zip(rows, posters, strict=True):
                            yield _film(row, poster, split, source)
            except (pa.ArrowException, OSError) as error:
                raise _damaged(shard, error) from error

    def table(self, split: Split, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a split as one table in memory.

        Args:
            split: Which.
            columns: Any of ``id``, ``title``, ``year``, ``overview``, ``genres``, ``poster`` (a
                struct of ``bytes`` and ``path``), ``label_source`` and ``group``; all if None.

        Raises:
            DatasetError: As :meth:`films`.
        """
        tables = []
        for shard in self._shards(split):
            try:
                with pq.ParquetFile(shard) as file:
                    _check_columns(file)
                    tables.append(file.read(columns=None if columns is None else list(columns)))
            except (pa.ArrowException, OSError) as error:
                raise _damaged(shard, error) from error
        return pa.concat_tables(tables)

    def _shards(self, split: Split) -> list[Path]:
        if split not in self.manifest.splits:
            raise DatasetError(
                f"has no {split} films",
                where=self.path,
                hint=f"it has {', '.join(self.manifest.splits)}: use one of these, or prepare a"
                f" catalogue whose column 'split' names some films {split}",
            )
        shards = sorted((self.path / DATA).glob(f"{split}-*.parquet"))
        expected = int(shards[0].stem.rpartition("-")[2]) if shards else 1
        if len(shards) != expected:
            raise DatasetError(
                f"{len(shards)} of {expected} {split} files are there",
                where=self.path / DATA,
                hint="prepare the dataset again",
            )
        if self.manifest.format > 1:  # older datasets have no digests
            for shard in shards:
                self._check(shard)
        return shards

    def _check(self, shard: Path) -> None:
        """Compare a file with its digest, once per file."""
        if shard.name in self._checked:
            return
        try:
            digest = file_digest(shard)
        except OSError as error:
            raise _damaged(shard, error) from error
        if digest != self.manifest.files.get(shard.name):
            raise DatasetError(
                f"was altered: its SHA-256 is not the one in {MANIFEST}",
                where=shard,
                hint="prepare the dataset again, or copy it again, whole",
            )
        self._checked.add(shard.name)


def open_dataset(path: Path) -> Dataset:
    """Open a dataset that ``posterplot prepare`` has written.

    Raises:
        DatasetError: The folder has no dataset, or its manifest cannot be read, is damaged,
            altered, or of the format of another version.
    """
    manifest = path / MANIFEST
    try:
        dataset = Dataset(path, DatasetManifest.model_validate_json(manifest.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        what = f"no dataset here, as it has no {MANIFEST}" if path.exists() else "no such folder"
        raise DatasetError(
            what, where=path, hint="create one from a catalogue with prepare"
        ) from None
    except OSError as error:
        raise DatasetError(
            f"cannot be read ({error.strerror})",
            where=manifest,
            hint="check its path and permissions",
        ) from error
    except ValidationError as error:
        raise _damaged(manifest, error) from error
    if dataset.manifest.format > 1 and dataset.manifest.digest != manifest_digest(dataset.manifest):
        raise DatasetError(
            "was altered: its SHA-256 is not the one in it",
            where=manifest,
            hint="prepare the dataset again, or copy it again, whole",
        )
    return dataset


def _check_columns(file: pq.ParquetFile) -> None:
    """Refuse a file whose columns are not those of a dataset.

    Raises:
        ArrowInvalid: A column is missing, or of another type.
    """
    columns = file.schema_arrow
    if not any(columns.equals(known, check_metadata=False) for known in (SCHEMA, _WITHOUT_SOURCE)):
        raise pa.ArrowInvalid(f"its columns are not {', '.join(SCHEMA.names)}")


def _groups(
    shard: Path, file: pq.ParquetFile, in_place: bool
) -> Iterator[tuple[list[dict[str, Any]], Sequence[FilePart | bytes | None]]]:
    """Yield the rows of a file in blocks, with their posters or where these are stored."""
    if not in_place:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            rows = batch.to_pylist()
            yield rows, [_bytes(row) for row in rows]
        return
    for number in range(file.num_row_groups):
        rows = file.read_row_group(number).to_pylist()
        group = file.metadata.row_group(number)
        yield rows, poster_places(shard, group, [_bytes(row) for row in rows])


def _bytes(row: dict[str, Any]) -> bytes | None:
    poster = row["poster"]
    return None if poster is None else poster["bytes"]


def _film(row: dict[str, Any], poster: FilePart | bytes | None, split: Split, source: str) -> Film:
    return Film(
        id=row["id"],
        title=row["title"],
        year=row["year"],
        overview=row["overview"],
        genres=tuple(row["genres"]),
        poster=poster,
        split=split,
        source=source,
        label_source=row.get("label_source") or "",
    )


def _damaged(path: Path, error: Exception) -> DatasetError:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        detail = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")
    else:
        detail = str(error)
    return DatasetError(f"is damaged ({detail})", where=path, hint="prepare the dataset again")

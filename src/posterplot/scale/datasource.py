"""Read a catalogue as a data source of Ray Data."""

from collections.abc import Iterator

import pyarrow as pa
from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata
from ray.data.context import DataContext

from posterplot.catalogue import Catalogue
from posterplot.scale.shards import shards_of

_SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("items", pa.large_string()),
        ("posters", pa.large_list(pa.large_binary())),
        ("unread_posters", pa.string()),
    ]
)


class CatalogueSource(Datasource):
    """Reads a catalogue in one task, on the machine of the driver, where the catalogue was opened.

    Args:
        catalogue: An opened catalogue.
        films: Number of films per shard.

    """

    def __init__(self, catalogue: Catalogue, films: int) -> None:
        self._catalogue = catalogue
        self._films = films

    @property
    def supports_distributed_reads(self) -> bool:
        """Whether any machine may read the catalogue."""
        return False

    def estimate_inmemory_data_size(self) -> int | None:
        """Return None: the size is not known."""
        return None

    def get_read_tasks(
        self,
        parallelism: int,
        per_task_row_limit: int | None = None,
        data_context: DataContext | None = None,
    ) -> list[ReadTask]:
        """Return the only task."""
        catalogue, films = self._catalogue, self._films

        def read() -> Iterator[pa.Table]:
            for shard in shards_of(catalogue, films):
                yield pa.Table.from_pylist([shard._asdict()], _SCHEMA)

        return [ReadTask(read, BlockMetadata(None, None, None, None, None), _SCHEMA)]

"""Predict a catalogue into a folder of Parquet files, on the cores of a cluster."""

import json
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from posterplot.catalogue import Catalogue
from posterplot.inference.bundle import Bundle
from posterplot.inference.prediction_files import PredictionRow
from posterplot.inference.settings import settings_digest
from posterplot.scale.cluster import check_cluster, ray_cluster
from posterplot.scale.shards import FILMS
from posterplot.scale.worker import Worker, portable

if TYPE_CHECKING:
    import pyarrow as pa

    from posterplot.scale.shard_folder import ShardFolder

# Number of times that a shard is predicted again after its worker died, as a film may be the cause.
_RETRIES = 3


def predict_to_folder(
    catalogue: Catalogue,
    bundle: Bundle,
    out: Path,
    finished: Callable[[PredictionRow], None],
    *,
    total: int,
    address: str | None = None,
    films: int = FILMS,
) -> int:
    """Predict a catalogue with Ray Data, and continue what an interrupted call left.

    Args:
        catalogue: A catalogue, opened with an absolute path, because the processes of a cluster
            have other working folders. Its ``unread_posters`` is filled in.
        bundle: Bundle of the model.
        out: The folder. Sorted by name, its Parquet files have the films in their order, as
            :func:`posterplot.inference.prediction_files.write_rows` writes them.
        total: Number of rows of the catalogue; no more workers are started than they need.
        finished: Called in the films' order with the row of each, without its probabilities.
        address: Address of a cluster to join; None to start one on this machine.
        films: Number of films per file.

    Returns:
        The number of files that were there of films that have changed since, and are removed.

    Raises:
        OutputError: The folder cannot be written or holds something else, such as predictions of
            another catalogue, or the cluster fails.
        UsageError: Ray is not installed, or the cluster does not answer.
        CatalogueError: The catalogue cannot be read.

    """
    check_cluster(address)
    from posterplot.scale.shard_folder import MadeWith, open_folder

    made_with = MadeWith(catalogue.table.path.name, settings_digest(bundle))
    most_workers = -(-total // films) or 1
    with (
        open_folder(out, made_with) as folder,
        ray_cluster(address, out) as cores,
        # Closed before the cluster stops: Ray would start a second one to report its statistics.
        closing(_predicted(catalogue, bundle, folder, min(cores, most_workers), films)) as shards,
    ):
        names: dict[int, str] = {}
        done: dict[int, list[PredictionRow]] = {}  # shards that wait for their predecessors
        number = predicted = last = 0
        for shard in folder.of_its_catalogue(shards):
            name = shard["name"]
            if shard["content"] is not None:
                folder.write(name, shard["content"])
            names[shard["number"]] = name
            done[shard["number"]] = folder.rows(name)
            if shard["number"] >= last:  # it says where posters are of all films up to it
                last = shard["number"]
                catalogue.unread_posters.clear()
                catalogue.unread_posters.update(json.loads(shard["unread_posters"]))
            while number in done:
                for row in done.pop(number):
                    predicted += 1
                    finished(row)
                number += 1
        return folder.finish([names[n] for n in range(number)], predicted)


def _predicted(
    catalogue: Catalogue, bundle: Bundle, folder: "ShardFolder", workers: int, films: int
) -> Generator[dict[str, Any], None, None]:
    """Yield the results of :class:`posterplot.scale.worker.Worker`, in any order."""
    import ray
    from ray.data import ActorPoolStrategy, DataContext

    from posterplot.scale.datasource import CatalogueSource

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.memory_usage_poll_interval_s = None  # otherwise it measures every worker every second
    context.target_max_block_size = 1  # a block is a shard, which is passed on once it is read
    source = ray.data.read_datasource(CatalogueSource(catalogue, films), num_cpus=0)
    predicted = source.map_batches(
        Worker,
        fn_constructor_args=(
            ray.put(portable(bundle)),
            folder.names(),
            catalogue.table.folder,
            catalogue.access,
        ),
        batch_size=1,
        batch_format="pyarrow",
        num_cpus=1,
        compute=ActorPoolStrategy(size=workers),
        # By default, Ray retries for ever. The number of restarts stays unlimited, because workers
        # of a long call may go away often.
        max_task_retries=_RETRIES,
    )
    batches = predicted.iter_batches(batch_size=1, batch_format="pyarrow", prefetch_batches=0)
    with closing(cast("Generator[pa.Table, None, None]", iter(batches))) as tables:
        for table in tables:
            yield from table.to_pylist()

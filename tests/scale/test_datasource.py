import pytest

from posterplot.catalogue import open_catalogue
from posterplot.scale.shards import Shard, shards_of
from tests.scale.made import some_films

pytestmark = pytest.mark.filterwarnings("default")  # Ray warns of itself


def test_one_task_reads_the_shards_of_a_catalogue(tmp_path):
    pytest.importorskip("ray")
    from posterplot.scale.datasource import CatalogueSource

    catalogue = open_catalogue(some_films(tmp_path, 12))
    source = CatalogueSource(catalogue, 5)
    assert not source.supports_distributed_reads
    assert source.estimate_inmemory_data_size() is None
    (task,) = source.get_read_tasks(8)  # whatever parallelism is asked for
    tables = list(task())
    assert [table.num_rows for table in tables] == [1] * len(tables)
    shards = [Shard(**row) for table in tables for row in table.to_pylist()]
    assert shards == list(shards_of(open_catalogue(tmp_path / "films.csv"), 5))
    assert len(shards) > 2

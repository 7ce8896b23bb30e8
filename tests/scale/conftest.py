"""A cluster of two nodes on this machine, started once, and stopped after the tests of scale."""

import os
import warnings

import pytest

from posterplot.inference.bundle import load_bundle, shipped_bundle
from tests.storage import s3_bucket
from tests.tiny_bundle import write_tiny_bundle

_STORE = 80 * 2**20  # bytes; Ray takes no less

# Subprocesses, of Ray and of these tests, inherit it.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",  # it is reached from this machine only, and for seconds
    "RAY_worker_niceness": "0",
    "RAY_memory_monitor_refresh_ms": "0",  # other processes fill the memory of a busy machine
    "RAY_local_fs_capacity_threshold": "1",  # the disk of the machine may be nearly full
    "OMP_NUM_THREADS": "1",
}


@pytest.fixture(scope="package")
def storage(tmp_path_factory):
    """The folder of a bucket in S3 called films, whose server the environment names."""
    with s3_bucket(tmp_path_factory.mktemp("storage")) as bucket:
        yield bucket


@pytest.fixture(scope="package")
def cluster(storage):
    """The address of a cluster of two nodes with a core each."""
    pytest.importorskip("ray")
    os.environ.update(_ENVIRONMENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Ray, about itself
        from ray.cluster_utils import Cluster

        made = Cluster()
        for _ in range(2):
            made.add_node(num_cpus=1, object_store_memory=_STORE, include_dashboard=False)
        yield made.address
        made.shutdown()


@pytest.fixture(scope="package")
def connected(cluster):
    """The same, with this process connected to it."""
    import ray

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(address=cluster, log_to_driver=False, logging_level="ERROR")
        yield cluster
        ray.shutdown()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A model of overviews, which takes no time."""
    return write_tiny_bundle(tmp_path_factory.mktemp("tiny") / "bundle")


@pytest.fixture(scope="session")
def shipped():
    """The model in the package."""
    return load_bundle(shipped_bundle())

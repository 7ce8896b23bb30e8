"""What is killed is started again, or continued by the next call."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import open_catalogue
from posterplot.errors import OutputError
from posterplot.scale import predict
from posterplot.scale.cluster import session_folder
from scale import named as processes
from tests.scale.made import plain, some_films

# A driver; the last argument is the number of films of a shard.
_DRIVER = """
import sys
from pathlib import Path
from posterplot.catalogue import open_catalogue
from posterplot.inference.bundle import load_bundle
from posterplot.scale.predict import predict_to_folder
table, bundle, out, address, films = sys.argv[1:]
catalogue = open_catalogue(Path(table))
predict_to_folder(
    catalogue, load_bundle(Path(bundle)), Path(out), lambda row: None, total=catalogue.count(),
    address=address or None, films=int(films),
)
"""


def drive(table, bundle, out, address="", films=2, output=None):
    arguments = [str(table), str(bundle.path), str(out), address, str(films)]
    command = [sys.executable, "-c", _DRIVER, *arguments]
    return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)


def wait_until(happened, seconds=300.0):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def shards(out):
    return list(out.glob("films-*.parquet"))


def workers() -> list[int]:
    """The processes of Ray that predict."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::MapWorker"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes in /proc")
def test_the_driver_and_then_a_worker(cluster, shipped, tmp_path):
    table, out = some_films(tmp_path / "films", 40), tmp_path / "deep/out"
    expected = plain(table, shipped, tmp_path / "plain.parquet")
    driver = drive(table, shipped, out, cluster)
    wait_until(lambda: shards(out))
    os.kill(driver.pid, signal.SIGKILL)
    assert driver.wait() == -signal.SIGKILL
    kept = {path.name: path.stat().st_mtime_ns for path in shards(out)}
    assert pq.read_table(out).num_rows < expected.num_rows
    driver = drive(table, shipped, out, cluster)
    before = set(workers())
    wait_until(lambda: len(shards(out)) > len(kept) or driver.poll() is not None)
    for worker in [pid for pid in workers() if pid not in before][:1]:
        os.kill(worker, signal.SIGKILL)
    assert driver.wait() == 0
    assert pq.read_table(out).equals(expected)
    assert {p.name: p.stat().st_mtime_ns for p in shards(out)}.items() >= kept.items()
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert not list(out.glob(".*"))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes in /proc")
def test_a_cluster_of_its_own_ends_with_its_driver(storage, tiny, tmp_path, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "0")
    table, out = some_films(tmp_path / "films", 24), tmp_path / "out"
    session = session_folder(out)
    driver = drive(table, tiny, out)
    wait_until(lambda: len(processes(session)) > 2)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    wait_until(lambda: not processes(session))
    with (tmp_path / "printed").open("wb") as output:
        driver = drive(table, tiny, out, output=output)
    wait_until(lambda: shards(out) or driver.poll() is not None)
    assert driver.wait() == 0
    assert (tmp_path / "printed").read_text() == ""
    assert pq.read_table(out).equals(plain(table, tiny, tmp_path / "plain.parquet"))
    assert not session.exists()
    assert not processes(session)


@pytest.mark.filterwarnings("default")  # Ray warns of itself
def test_a_shard_that_kills_every_worker_ends_the_call(connected, tiny, tmp_path, monkeypatch):
    class Killed:
        def __init__(self, *_):
            pass

        def __call__(self, shards):
            import os

            os._exit(1)  # as after a segmentation fault

    monkeypatch.setattr(predict, "Worker", Killed)
    monkeypatch.setattr(predict, "_RETRIES", 1)  # each takes seconds
    catalogue = open_catalogue(some_films(tmp_path / "films"))
    with pytest.raises(OutputError, match=r"failed: .*; the same command again keeps"):
        predict.predict_to_folder(catalogue, tiny, tmp_path / "out", print, total=1)
    assert not shards(tmp_path / "out")

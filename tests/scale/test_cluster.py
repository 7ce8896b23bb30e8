import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from posterplot.cli.failures import terminable
from posterplot.errors import OutputError, UsageError
from posterplot.scale import cluster
from posterplot.scale.cluster import _check_answers, _failure, ray_cluster, session_folder


@pytest.mark.parametrize("address", ["ray://host:10001", "host", "host:x", ":1"])
def test_an_address_is_a_host_and_a_port(address):
    with pytest.raises(UsageError, match=r"address: .* is not HOST:PORT; give that of a cluster"):
        _check_answers(address)


def test_no_cluster_answers():
    with pytest.raises(UsageError, match=r"address: no Ray cluster answers at 127.0.0.1:1 "):
        _check_answers("127.0.0.1:1")


def test_what_is_not_ray_is_refused(monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setattr(cluster, "_HEALTH_PATIENCE", 3.0)
    with socket.create_server(("", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(UsageError, match=rf"answers at {address} \(what answers is not Ray\)"):
            _check_answers(address)


def test_a_cluster_of_ray_answers(connected):
    _check_answers(connected)


def test_the_error_of_posterplot_is_found_inside_that_of_ray():
    inner = UsageError("is wrong")
    for attribute in ("cause", "__cause__"):
        outer, middle = RuntimeError("outer"), RuntimeError("middle")
        outer.cause = middle
        setattr(middle, attribute, inner)
        assert _failure(outer, None) is inner


def test_other_errors_are_one_line():
    assert str(_failure(RuntimeError("raylet died\nand more"), "host:1")) == (
        "host:1: failed: raylet died; the same command again keeps what is written"
    )


# Four objects of 30 MiB in a store of 80 MiB; the last of them goes to the disk.
_OVERFLOW = """
import sys
from pathlib import Path
import numpy as np
from posterplot.scale import cluster
cluster._STORE = cluster._STORE_LEAST
cluster.check_cluster(None)
with cluster.ray_cluster(None, Path(sys.argv[1])):
    import ray
    objects = [ray.put(np.full(30 * 2**20, number, np.uint8)) for number in range(4)]
    print([int(ray.get(one)[0]) for one in objects])
"""


def test_a_disk_of_which_most_is_used_serves(tmp_path, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_local_fs_capacity_threshold", "0")  # Ray finds every disk full
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "0")
    command = [sys.executable, "-c", _OVERFLOW, str(tmp_path / "out")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[0, 1, 2, 3]"


def test_the_sockets_of_ray_have_short_paths(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")
    assert session_folder(tmp_path).parent == Path("/var/tmp")
    monkeypatch.setattr(tempfile, "tempdir", "/scratch/job.1234567")
    assert session_folder(tmp_path).parent == Path("/tmp")
    assert session_folder(tmp_path) == session_folder(tmp_path) != session_folder(tmp_path / "a")
    assert len(f"{session_folder(tmp_path)}{cluster._SOCKET}") <= 107


def test_sigterm_while_ray_starts_is_that_of_the_command(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "shutdown", lambda: None)

    def connect(*_):
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(number))  # as Ray does
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(cluster, "_connect", connect)
    with (
        terminable() as received,
        pytest.raises(KeyboardInterrupt),
        cluster.ray_cluster(None, tmp_path / "out"),
    ):
        pass
    assert received == [signal.SIGTERM]


def test_a_folder_that_another_user_has_made_is_not_used(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    session_folder(tmp_path).symlink_to(tmp_path)  # which cannot be removed like a folder
    with pytest.raises(OutputError, match="File exists"), ray_cluster(None, tmp_path):
        pass

import contextlib
import os
from types import SimpleNamespace

import pytest

from posterplot.errors import OutputError
from posterplot.growing_file import growing_file


@pytest.fixture
def synchronised(monkeypatch):
    """Record what is synchronised to the disk, by its inode."""
    inodes = []
    fsync = os.fsync

    def synced(handle):
        inodes.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    return inodes


def test_it_is_on_the_disk_at_the_end(tmp_path, synchronised):
    with growing_file(tmp_path / "file") as add:
        add(b"x")
    assert synchronised[-1] == (tmp_path / "file").stat().st_ino
    assert tmp_path.stat().st_ino in synchronised


def test_it_is_on_the_disk_every_few_seconds(tmp_path, synchronised, monkeypatch):
    clock = iter([0.0, 1.0, 3.0, 3.0, 4.0])
    # only its own clock: threads of other libraries read the time, too
    times = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("posterplot.growing_file.time", times)
    with growing_file(tmp_path / "file") as add:
        inode = (tmp_path / "file").stat().st_ino
        add(b"x")
        assert inode not in synchronised
        add(b"x")
        assert synchronised[-1] == inode


def test_it_grows_at_once_and_stays_after_an_error(tmp_path):
    path = tmp_path / "file.txt"
    with contextlib.suppress(RuntimeError), growing_file(path) as add:
        add(b"one")
        assert path.read_bytes() == b"one"
        raise RuntimeError
    with growing_file(path) as add:
        add(b"two")
    assert path.read_bytes() == b"onetwo"
    with growing_file(tmp_path / "empty"):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]
    with pytest.raises(OutputError, match="cannot be written"), growing_file(path / "x"):
        pass

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from posterplot.errors import OutputError
from posterplot.files import (
    new_file,
    new_folder,
    output_lock,
)
from posterplot.locks import is_vacant, locked, remove_temporary, temporary_path
from tests.locks import is_refused_elsewhere


def test_a_temporary_file_keeps_the_suffix(tmp_path):
    """Some writers choose the format by it."""
    with new_file(tmp_path / "sheet.png") as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path


@pytest.mark.parametrize("new", [new_file, new_folder, output_lock])
def test_a_second_process_is_refused_at_once(tmp_path, new):
    out = tmp_path / "out"
    with new(out):
        assert is_refused_elsewhere(output_lock(out))
        with output_lock(out):  # the same thread may
            pass
    with new_folder(tmp_path / "other"):
        pass
    left = {p.name for p in tmp_path.iterdir()} - {"out", "other"}
    assert not left


def test_a_second_thread_is_refused(tmp_path):
    out = tmp_path / "out"
    refused = pytest.raises(OutputError, match="is being written")
    with output_lock(out), ThreadPoolExecutor(1) as pool, refused:
        pool.submit(output_lock(out).__enter__).result()


def test_a_folder_of_locks_and_temporary_files_is_vacant(tmp_path):
    assert is_vacant(tmp_path)
    with locked(tmp_path / "out") as first:
        assert first
        temporary_path(tmp_path / "out").mkdir()
        assert len(list(tmp_path.iterdir())) == 2
        assert is_vacant(tmp_path)
        with locked(tmp_path / "out") as again:
            assert not again
        (tmp_path / "out").touch()
        assert not is_vacant(tmp_path)
        remove_temporary(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "folder").mkdir()
    temporary_path(tmp_path / "out").symlink_to(tmp_path / "folder")
    remove_temporary(tmp_path / "out")
    remove_temporary(tmp_path / "out")  # there is none
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_one_output_has_one_lock_however_it_is_named(tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    for path in ("out", "link/out", "./out"):
        assert temporary_path(Path(path)) == temporary_path(tmp_path / "out")

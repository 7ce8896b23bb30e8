import shutil
from pathlib import Path

import pytest

from posterplot.errors import OutputError
from posterplot.files import (
    new_file,
    new_folder,
    output_lock,
)
from posterplot.locks import temporary_path
from tests.kills import kill, kill_at, killed_while


@pytest.mark.parametrize("existing", [None, "empty", "mounted", "full"])
@pytest.mark.parametrize("number", [0, 1, 2, 3, 4])
def test_a_killed_folder_leaves_nothing_after_the_next_call(
    tmp_path, monkeypatch, existing, number
):
    """Killed in the block (0), or before any rename: the same call then succeeds, and is alone."""
    out = tmp_path / "out"
    if existing:
        out.mkdir()
    if existing == "full":
        (out / "one").write_text("old")
    if existing == "mounted":
        monkeypatch.setattr(Path, "is_mount", lambda path: path == out)

    def write():
        with new_folder(out, replace=existing == "full") as folder:
            for name in ("one", "two"):
                (folder / name).write_text("new")
            yield

    def work(patched):
        if number:
            kill_at(patched, "rename", number)
        for _ in write():
            if not number:
                kill()
        kill()  # there were fewer renames: it was killed just after the last

    killed_while(out, work)
    finished = out.is_dir() and sorted(p.name for p in out.iterdir()) == ["one", "two"]
    seen = {p.read_text() for p in out.glob("[a-z]*")} if out.is_dir() else set()
    assert len(seen) <= 1  # never a mixture
    if existing != "empty" and existing != "mounted":
        assert finished or seen in (set(), {"old"})  # never a part
    if finished and existing != "full":
        with pytest.raises(OutputError, match="exists already"):
            list(write())
    else:
        list(write())
    assert sorted(p.name for p in out.iterdir()) == ["one", "two"]
    assert {p.read_text() for p in out.iterdir()} == {"new"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("removed", [["new"], ["new/two"], ["new", "moving.json"]])
def test_a_program_killed_while_it_removes_its_temporary_folder(tmp_path, removed):
    """Whatever part of it is gone, the folder stays as it is."""
    out, temporary = tmp_path / "out", temporary_path(tmp_path / "out")
    for name in ("new/one", "new/two"):
        (temporary / name).parent.mkdir(parents=True, exist_ok=True)
        (temporary / name).touch()
    (temporary / "moving.json").write_text('["one", "two"]')
    out.mkdir()
    for name in removed:
        path = temporary / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with output_lock(out):
        assert [path.name for path in tmp_path.glob("[!.]*")] == ["out"]
        assert not list(out.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_killed_file_leaves_nothing_after_the_next_call(tmp_path):
    def work(_):
        with new_file(tmp_path / "file.txt") as temporary:
            temporary.write_text("half")
            kill()

    killed_while(tmp_path, work)
    assert not (tmp_path / "file.txt").exists()
    assert any(tmp_path.iterdir())
    with new_file(tmp_path / "file.txt") as temporary:
        assert temporary.read_text() == ""
        temporary.write_text("whole")
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]


def test_what_was_left_is_removed_although_the_output_is_refused(tmp_path):
    """Killed between the last rename and the cleaning up."""

    def work(patched):
        patched.setattr("posterplot.files.remove_temporary", kill)
        with new_folder(tmp_path / "out") as folder:
            (folder / "file").touch()

    killed_while(tmp_path, work)
    assert len(list(tmp_path.iterdir())) == 3
    with output_lock(tmp_path / "out"):
        assert (tmp_path / "out" / "file").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]

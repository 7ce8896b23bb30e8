import contextlib
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from posterplot.errors import OutputError
from posterplot.files import (
    STANDARD_OUTPUT,
    check_suffix,
    discard_folder,
    new_file,
    new_folder,
    output_lock,
    scratch_folder,
)
from tests.kills import kill, killed_while


def test_a_folder_appears_complete(tmp_path):
    out = tmp_path / "a" / "b" / "out"
    with new_folder(out) as folder:
        (folder / "file").write_text("x")
        assert not out.exists()
    assert (out / "file").read_text() == "x"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_plain_names_and_ordinary_permissions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain").mkdir()
    with new_folder((tmp_path / "out").relative_to(tmp_path)):
        pass
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file", "file: is a file; choose another"),
        ("file/out", "file: is a file; choose an output below a folder"),
        ("file/a/out", "file: is a file"),
        ("full", "full: exists already; remove it"),
    ],
)
def test_an_invalid_output_is_refused(tmp_path, name, message):
    (tmp_path / "file").touch()
    (tmp_path / "full/part").mkdir(parents=True)
    with pytest.raises(OutputError, match=message), new_folder(tmp_path / name):
        pytest.fail("is not reached")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]


def test_disk_full(tmp_path):
    with (
        pytest.raises(OutputError, match=r"out: cannot be written .No space left.*; check"),
        new_folder(tmp_path / "out"),
    ):
        raise OSError(28, "No space left on device")
    assert not any(tmp_path.iterdir())


def test_a_folder_may_be_replaced(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("x")
    with new_folder(out, replace=True) as folder:
        (folder / "new").write_text("y")
        assert (out / "old").exists()
    assert [p.name for p in out.iterdir()] == ["new"]


def test_a_replaced_folder_always_exists(tmp_path, monkeypatch):
    """A program killed just before any rename leaves the old or the new folder somewhere, whole."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "file").write_text("old")
    rename, seen = Path.rename, []

    def watched(path, target):
        seen.append(sorted(p.read_text() for p in tmp_path.rglob("file")))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", watched)
    with new_folder(out, replace=True) as folder:
        (folder / "file").write_text("new")
    assert seen == [["new", "old"], ["new", "old"]]
    assert (out / "file").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_old_folder_is_restored_if_the_new_one_cannot_be_renamed(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "file").write_text("old")
    rename = Path.rename

    def refuse(path, target):
        if path.name == "new":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="Input/output error"), new_folder(out, replace=True):
        pass
    assert (out / "file").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def events(monkeypatch):
    """Record what is synchronised to the disk and what is renamed, in order, by its inode."""
    recorded = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def wrap(call):
        def wrapped(path, target):
            recorded.append(("rename", path.stat().st_ino))
            return call(path, target)

        return wrapped

    def synced(handle):
        recorded.append(("fsync", os.fstat(handle).st_ino))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", wrap(rename))
    monkeypatch.setattr(Path, "replace", wrap(replace))
    return recorded


@pytest.mark.parametrize("existing", [None, "empty", "full"])
def test_a_folder_is_synchronised_before_it_is_renamed(tmp_path, events, existing):
    out = tmp_path / "deep" / "out"
    if existing:
        out.mkdir(parents=True)
    if existing == "full":
        (out / "old").write_text("x")
    with new_folder(out, replace=True) as folder:
        (folder / "data").mkdir()
        (folder / "data" / "file").write_text("x")
    last = max(n for n, (kind, _) in enumerate(events) if kind == "rename")
    before = {inode for kind, inode in events[:last] if kind == "fsync"}
    after = {inode for kind, inode in events[last:] if kind == "fsync"}
    content = (out / "data" / "file", out / "data")
    assert before >= {path.stat().st_ino for path in content}
    assert (out if existing == "empty" else out.parent).stat().st_ino in after
    if not existing:
        assert tmp_path.stat().st_ino in {inode for _, inode in events}  # the name "deep"


def test_a_file_is_synchronised_before_it_is_renamed(tmp_path, events):
    with new_file(tmp_path / "file") as temporary:
        temporary.write_text("x")
    inode = (tmp_path / "file").stat().st_ino
    assert events == [("fsync", inode), ("rename", inode), ("fsync", tmp_path.stat().st_ino)]


@pytest.mark.parametrize(("new", "hint"), [(new_folder, "create that"), (new_file, "remove it")])
def test_a_link_that_leads_nowhere_is_reported(tmp_path, new, hint):
    (tmp_path / "link").symlink_to(tmp_path / "none")
    with pytest.raises(OutputError, match=rf"is a link to .*none, which does not exist; {hint}"):
        new(tmp_path / "link").__enter__()
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("link", [False, True])
def test_a_discarded_folder_is_gone_but_its_link_stays(tmp_path, link):
    folder = tmp_path / "folder"
    (folder / "data").mkdir(parents=True)
    (folder / "file").touch()
    (tmp_path / "link").symlink_to(folder)
    discard_folder(tmp_path / "link" if link else folder)
    assert folder.exists() == link
    assert not link or not any(folder.iterdir())


def test_the_current_folder_is_emptied(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    discard_folder(Path())
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("name", ["folder", "link", "."])
def test_an_empty_folder_is_filled(tmp_path, monkeypatch, name, replace):
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)
    inode = folder.stat().st_ino
    out = Path(name) if name == "." else tmp_path / name
    with contextlib.suppress(RuntimeError), new_folder(out, replace=replace) as building:
        (building / "file").write_text("half")
        raise RuntimeError
    assert not any(folder.iterdir())
    with new_folder(out, replace=replace) as building:
        (building / "file").write_text("x")
        (building / "data").mkdir()
    assert sorted(path.name for path in folder.iterdir()) == ["data", "file"]
    assert folder.stat().st_ino == inode  # a mounted disk could not be replaced
    assert (tmp_path / "link").is_symlink()


def test_files_written_by_others_are_kept(tmp_path):
    out = tmp_path / "out"
    writing = new_folder(out)
    (writing.__enter__() / "file").write_text("ours")
    out.mkdir()
    (out / "file").write_text("theirs")
    with pytest.raises(OutputError, match="cannot be written"):
        writing.__exit__(None, None, None)
    assert (out / "file").read_text() == "theirs"


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_paths_that_cannot_be_looked_at(tmp_path, monkeypatch, new):
    for name in ("x" * 300, f"a/{'x' * 300}", f"{'x' * 300}/a"):
        with pytest.raises(OutputError, match=r"cannot be written .File name too long"):
            new(tmp_path / name).__enter__()

    def refuse(path, **_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(OutputError, match=r"cannot be written .Permission denied"):
        new(tmp_path / "out").__enter__()


def test_a_file_is_complete_or_absent(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    with new_file(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    with pytest.raises(OutputError, match="exists already"), new_file(path):
        pass
    with contextlib.suppress(RuntimeError), new_file(path, replace=True) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]


def test_a_file_cannot_replace_a_folder(tmp_path):
    with pytest.raises(OutputError, match="is a folder"), new_file(tmp_path):
        pass
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match="is a file; choose an output below a folder"),
        new_file(tmp_path / "file" / "x"),
    ):
        pass


@pytest.mark.parametrize("existing", ["empty", "full"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_interrupted_folder_is_as_before(tmp_path, monkeypatch, existing, number):
    """Interrupted just after any rename, as by Ctrl-C: nothing or everything was moved."""
    out = tmp_path / "out"
    out.mkdir()
    if existing == "full":
        (out / "old").touch()
    rename, calls = Path.rename, itertools.count(1)

    def interrupted(path, target):
        rename(path, target)
        if next(calls) == number:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        patched.setattr(Path, "rename", interrupted)
        with new_folder(out, replace=existing == "full") as folder:
            (folder / "one").touch()
            (folder / "two").touch()
    before = ["old"] if existing == "full" else []
    assert sorted(path.name for path in out.iterdir()) in (before, ["one", "two"])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folders_that_were_made_for_nothing_are_removed(tmp_path):
    for new in (new_file, new_folder, output_lock):
        with contextlib.suppress(RuntimeError), new(tmp_path / "a" / "b" / "out"):
            raise RuntimeError
        assert not any(tmp_path.iterdir())


def test_a_scratch_folder_is_beside_and_goes(tmp_path):
    def work(_):
        with scratch_folder(tmp_path / "out") as folder:
            (folder / "half").touch()
            kill()

    killed_while(tmp_path, work)
    assert len(list(tmp_path.rglob("half"))) == 1
    with contextlib.suppress(RuntimeError), scratch_folder(tmp_path / "out") as folder:
        assert folder.parent == tmp_path
        assert not any(folder.iterdir())
        raise RuntimeError
    assert not any(tmp_path.iterdir())


def test_a_file_of_a_cache_is_waited_for(tmp_path):
    """Two processes may fetch the same poster: neither may lose it."""
    first = new_file(tmp_path / "poster", replace=True)
    first.__enter__().write_text("one")

    def second():
        with new_file(tmp_path / "poster", replace=True, wait=True) as temporary:
            temporary.write_text("two")

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with pytest.raises(TimeoutError):
            waiting.result(0.2)
        first.__exit__(None, None, None)
        waiting.result(10)
    assert (tmp_path / "poster").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["poster"]


@pytest.mark.parametrize(
    ("name", "suffixes", "hint"),
    [
        ("a.txt", (".json",), "use .json"),
        ("a", (".yml", ".yaml"), "use .yml or .yaml"),
        ("a.json", (".jsonl", ".csv", ".parquet"), "use .jsonl, .csv or .parquet"),
    ],
)
def test_another_suffix_is_refused(name, suffixes, hint):
    with pytest.raises(OutputError, match=r"cannot be a .* file") as caught:
        check_suffix(Path(name), *suffixes)
    assert caught.value.hint == hint
    check_suffix(Path("A.CSV"), ".csv")


def test_an_error_of_standard_output_is_not_blamed_on_a_file(tmp_path):
    with (
        pytest.raises(BrokenPipeError, match="standard output"),
        new_file(tmp_path / "out"),
    ):
        raise BrokenPipeError(32, "Broken pipe", STANDARD_OUTPUT)
    assert not any(tmp_path.iterdir())

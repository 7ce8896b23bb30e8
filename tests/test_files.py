import contextlib
from pathlib import Path

import pytest

from posterplot.errors import OutputError
from posterplot.files import growing_file, new_file, new_folder


def test_appears_whole(tmp_path):
    out = tmp_path / "a" / "b" / "out"
    with new_folder(out) as folder:
        (folder / "file").write_text("x")
        assert not (tmp_path / "a").exists()
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
def test_output_that_cannot_be(tmp_path, name, message):
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


def test_a_folder_may_give_way(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("x")
    with new_folder(out, replace=True) as folder:
        (folder / "new").write_text("y")
        assert (out / "old").exists()
    assert [p.name for p in out.iterdir()] == ["new"]


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


def test_what_another_wrote_meanwhile_stays(tmp_path):
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


def test_a_file_appears_whole_or_not_at_all(tmp_path):
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


def test_a_file_cannot_take_the_place_of_a_folder(tmp_path):
    with pytest.raises(OutputError, match="is a folder"), new_file(tmp_path):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), new_file(tmp_path / "file" / "x"):
        pass


def test_a_file_grows_at_once_and_stays_after_an_error(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    with contextlib.suppress(RuntimeError), growing_file(path) as add:
        add(b"one")
        assert path.read_bytes() == b"one"
        raise RuntimeError
    with growing_file(path) as add:
        add(b"two")
    assert path.read_bytes() == b"onetwo"
    with growing_file(tmp_path / "empty"):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["deep"]
    with pytest.raises(OutputError, match="cannot be written"), growing_file(path / "x"):
        pass

import pytest

from posterplot.dataset.folder import built_folder
from posterplot.errors import OutputError


def test_appears_whole(tmp_path):
    out = tmp_path / "a" / "b" / "out"
    with built_folder(out) as folder:
        (folder / "file").write_text("x")
        assert not (tmp_path / "a").exists()
    assert (out / "file").read_text() == "x"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_plain_names_and_ordinary_permissions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain").mkdir()
    with built_folder((tmp_path / "out").relative_to(tmp_path)):
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
    with pytest.raises(OutputError, match=message), built_folder(tmp_path / name):
        pytest.fail("is not reached")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]


def test_disk_full(tmp_path):
    with (
        pytest.raises(OutputError, match=r"out: cannot be written .No space left.*; check"),
        built_folder(tmp_path / "out"),
    ):
        raise OSError(28, "No space left on device")
    assert not any(tmp_path.iterdir())

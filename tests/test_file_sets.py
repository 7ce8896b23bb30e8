import contextlib
import os
import shutil
import signal
from pathlib import Path

import pytest

from posterplot.errors import OutputError
from posterplot.file_sets import new_files, output_locks
from posterplot.files import new_file, output_lock
from posterplot.locks import list_path
from tests.locks import is_refused_elsewhere


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "a.json", tmp_path / "b.bin", tmp_path / "deep" / "c.html"


def write(paths, text="new"):
    with new_files(*paths) as temporaries:
        for path, temporary in zip(paths, temporaries, strict=True):
            assert temporary.suffix == path.suffix
            temporary.write_text(text)
            assert not path.exists()


def contents(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


WHOLE = {"a.json": "new", "b.bin": "new", "deep/c.html": "new"}


def test_files_appear_together(tmp_path, paths):
    write(paths)
    assert contents(tmp_path) == WHOLE


def test_after_an_error_nothing_is_left(tmp_path, paths):
    with contextlib.suppress(RuntimeError), new_files(*paths) as temporaries:
        temporaries[0].write_text("half")
        raise RuntimeError
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("number", [0, 1, 2])
def test_none_appears_where_one_exists(tmp_path, paths, number):
    paths[number].parent.mkdir(exist_ok=True)
    paths[number].write_text("mine")
    with pytest.raises(OutputError, match=f"{paths[number].name}: exists already"):
        write(paths)
    assert contents(tmp_path) == {str(paths[number].relative_to(tmp_path)): "mine"}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_that_cannot_be_renamed_takes_the_others_back(tmp_path, paths, number, monkeypatch):
    real = Path.replace

    def refuse(path, target):
        if target == paths[number]:
            raise OSError(28, "No space left on device")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="No space left"):
        write(paths)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def killed(paths, call, number):
    """Write in a process that is killed just before a method of Path is called for the nth time."""
    child = os.fork()
    if not child:
        monkeypatch = pytest.MonkeyPatch()
        real, calls = getattr(Path, call), iter(range(number))

        def killing(path, *arguments, **options):
            if next(calls, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(path, *arguments, **options)

        monkeypatch.setattr(Path, call, killing)
        with contextlib.suppress(BaseException):
            write(paths)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


# before the list is written; before each of the three renames; before the list is removed
@pytest.mark.parametrize(
    ("call", "number", "complete"),
    [
        *(("write_text", 3, False), ("replace", 0, True), ("replace", 1, True)),
        *(("replace", 2, True), ("unlink", 3, True)),
    ],
)
def test_the_next_call_finishes_a_complete_set_and_replaces_another(
    tmp_path, paths, call, number, complete
):
    killed(paths, call, number)
    seen = {path.read_text() for path in paths if path.exists()}
    assert seen <= {"new"}
    assert not paths[0].exists() or all(path.exists() for path in paths)
    if complete:
        with pytest.raises(OutputError, match="exists already"):
            write(paths, "newer")
        assert contents(tmp_path) == WHOLE
    else:
        write(paths)
        assert contents(tmp_path) == WHOLE


def test_a_list_that_was_not_finished_is_none(tmp_path, paths):
    killed(paths, "replace", 0)
    list_path(paths[0]).write_text('["a.js')
    write(paths)
    assert contents(tmp_path) == WHOLE


def test_any_call_on_the_first_file_finishes_the_set(tmp_path, paths):
    killed(paths, "replace", 1)
    with output_lock(paths[0]):
        assert contents(tmp_path / "deep") == {"c.html": "new"}
        assert all(path.exists() for path in paths)


def test_a_set_is_finished_where_it_was_moved_to(tmp_path, paths):
    killed(paths, "replace", 1)
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in list(tmp_path.iterdir()):
        if path != moved:
            shutil.move(path, moved / path.name)
    with output_lock(moved / "a.json"):
        pass
    assert contents(moved) == WHOLE


def test_a_file_of_somebody_else_is_kept(tmp_path, paths):
    killed(paths, "replace", 1)
    paths[1].write_text("theirs")
    with output_lock(paths[0]):
        pass
    assert contents(tmp_path) == WHOLE | {"b.bin": "theirs"}


def test_every_file_is_locked(paths):
    with output_locks(*paths):
        for path in paths:
            assert is_refused_elsewhere(new_file(path))
        write(paths)  # the same thread may

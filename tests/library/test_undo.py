import errno
import os
from pathlib import Path

import pytest

from posterplot.errors import UsageError
from posterplot.library import write
from posterplot.library.journal import Change, films_of
from posterplot.library.tag import tag
from posterplot.library.undo import state_of, undo
from tests.library.conftest import FakePredictor, add_film, contents, unreachable
from tests.library.oddities import ODDITIES

PLAIN = ODDITIES["plain"].data


def test_several_runs_are_undone_one_after_the_other(tmp_path, predictor):
    folder = add_film(tmp_path, "A", PLAIN)
    list(tag(tmp_path, predictor, write=True))
    first = (folder / "movie.nfo").read_bytes()
    list(tag(tmp_path, FakePredictor(["Drama"]), write=True, mode="replace"))
    list(undo(tmp_path))
    assert (folder / "movie.nfo").read_bytes() == first
    list(undo(tmp_path))
    assert (folder / "movie.nfo").read_bytes() == PLAIN
    with pytest.raises(UsageError, match="nothing to undo"):
        list(undo(tmp_path))


def test_undo_leaves_files_that_were_changed_since(tmp_path, predictor):
    for name in "ABC":
        add_film(tmp_path, name, PLAIN)
    list(tag(tmp_path, predictor, write=True))
    (tmp_path / "A" / "movie.nfo").write_bytes(b"<movie>mine</movie>")
    (tmp_path / "B" / "movie.nfo").unlink()
    done = {u.path: u for u in undo(tmp_path)}
    assert "changed since" in done["A/movie.nfo"].reason
    assert done["B/movie.nfo"].reason.startswith("is gone; if it was moved")
    assert done["C/movie.nfo"].restored
    assert (tmp_path / "A" / "movie.nfo").read_bytes() == b"<movie>mine</movie>"
    assert not (tmp_path / "B" / "movie.nfo").exists()


def test_a_file_that_became_a_link_does_not_keep_older_runs_from_being_undone(tmp_path, predictor):
    library, other = tmp_path / "library", tmp_path / "other.nfo"
    path = add_film(library, "A", PLAIN) / "movie.nfo"
    second = add_film(library, "B", PLAIN) / "movie.nfo"
    list(tag(library, predictor, write=True))
    list(tag(library, FakePredictor(["Drama"]), write=True, mode="replace"))
    path.rename(other)
    path.symlink_to(other)
    assert "symbolic link" in {u.path: u.reason for u in undo(library)}["A/movie.nfo"]
    list(undo(library))
    assert second.read_bytes() == PLAIN


def test_the_old_content_of_every_file_that_undo_leaves_is_kept(tmp_path, predictor, state):
    paths = [add_film(tmp_path, name, PLAIN) / "movie.nfo" for name in "ABC"]
    for path in paths[:2]:
        list(tag(tmp_path, predictor, write=True))
        path.write_bytes(b"<movie>mine</movie>")
        assert [u.path for u in undo(tmp_path) if not u.restored] == [
            str(path.relative_to(tmp_path))
        ]
    kept = sorted(state.rglob("*.undone"))
    changes = [change for run in kept for film in films_of(run) for change in film]
    assert [(change.path, change.old) for change in changes] == [
        ("A/movie.nfo", PLAIN),
        ("B/movie.nfo", PLAIN),
    ]
    assert paths[2].read_bytes() == PLAIN


@pytest.mark.parametrize("mount", ["library", "library/disk"])
def test_undo_waits_for_a_disk_that_is_not_mounted(tmp_path, predictor, mount):
    root = tmp_path / "library"
    add_film(root / "disk", "A", PLAIN)
    add_film(root / "disk", "New (1999)", None)
    (root / "disk/New (1999)/poster.jpg").write_bytes(b"x")
    before = contents(root)
    list(tag(root, predictor, write=True, create=True))
    assert len(contents(root)) == len(before) + 1
    (tmp_path / mount).rename(tmp_path / "unmounted")
    (tmp_path / mount).mkdir()
    undone = list(undo(root))
    assert all("mount its disk" in file.reason for file in undone)
    assert {Path(file.path).name for file in undone} == {"movie.nfo", "New (1999).nfo"}
    (tmp_path / mount).rmdir()
    (tmp_path / "unmounted").rename(tmp_path / mount)
    assert all(file.restored for file in list(undo(root)))
    assert contents(root) == before


def test_files_are_on_the_disk_before_the_journal_says_so(tmp_path, predictor, state, monkeypatch):
    folder = add_film(tmp_path, "A", PLAIN)
    add_film(tmp_path, "New (1999)", None).joinpath("poster.jpg").write_bytes(b"x")
    flushed: list[tuple[str, bool, bytes]] = []

    def record(path: Path) -> None:
        (run,) = state.rglob("*.jsonl")
        ended = run.read_bytes().endswith(b'{"ended": true}\n')
        flushed.append((path.name, ended, (folder / "movie.nfo").read_bytes()))

    monkeypatch.setattr(write, "synchronise", record)
    list(tag(tmp_path, predictor, write=True, create=True))
    after = (folder / "movie.nfo").read_bytes()
    assert sorted(name for name, _, _ in flushed) == ["A", "New (1999)"]
    assert ("A", False, after) in flushed
    flushed.clear()
    list(undo(tmp_path))  # while a folder is flushed, the journal still has the run
    assert sorted(name for name, _, _ in flushed) == ["A", "New (1999)"]
    assert ("A", True, PLAIN) in flushed


def _two_runs(library, *names):
    """Tag films twice, with other genres; return the NFO of each and its content after each run."""
    paths = [add_film(library, name, PLAIN) / "movie.nfo" for name in names]
    list(tag(library, FakePredictor(), write=True))
    first = paths[0].read_bytes()
    list(tag(library, FakePredictor(["Drama"]), write=True, mode="replace"))
    return paths, first, paths[0].read_bytes()


def test_nothing_to_undo_names_the_journal_and_the_folders_that_have_runs(tmp_path, state):
    library = tmp_path / "films"
    add_film(library, "A", PLAIN)
    add_film(tmp_path / "other", "A", PLAIN)
    for root in (library, tmp_path / "other"):
        list(tag(root, FakePredictor(), write=True))
    for root in (library / "A", tmp_path):
        with pytest.raises(UsageError) as error:
            list(undo(root))
        assert str(state) in str(error.value)
        assert "as this user and with exactly this folder" in str(error.value)
        assert f"name a folder that has runs: {library}" in error.value.hint
        assert (str(tmp_path / "other") in error.value.hint) == (root == tmp_path)
    list(undo(library))
    with pytest.raises(UsageError, match="nothing to undo") as error:
        list(undo(library / "A"))
    assert str(library) not in error.value.hint  # there is nothing left to undo with it


@pytest.mark.parametrize(
    ("number", "stays"), [(errno.EACCES, False), (errno.ESTALE, True), (errno.EIO, True)]
)
def test_a_folder_that_cannot_be_searched_costs_only_its_own_films(tmp_path, number, stays, state):
    (locked, free), first, second = _two_runs(tmp_path, "A", "B")
    with unreachable(tmp_path / "A", number):
        done = {u.path: u for u in undo(tmp_path)}
    assert os.strerror(number) in done["A/movie.nfo"].reason
    assert done["A/movie.nfo"].retry is stays
    assert (locked.read_bytes(), free.read_bytes()) == (second, first)
    assert bool(list(state.rglob("*.undone"))) is not stays
    assert [(u.path, u.restored) for u in undo(tmp_path)] == [("A/movie.nfo", True)]
    assert locked.read_bytes() == first


@pytest.mark.parametrize("number", [errno.EACCES, errno.ESTALE])
def test_a_file_that_cannot_be_reached_is_in_an_unknown_state(tmp_path, number):
    changes = [Change("A/movie.nfo", old, ()) for old in (b"x", None)]
    with unreachable(tmp_path / "A", number):
        assert [state_of(tmp_path, change) for change in changes] == ["other", "other"]
    assert [state_of(tmp_path, change) for change in changes] == ["other", "old"]


@pytest.mark.parametrize("spoil", ["link", "mode", "gone"])
def test_a_file_that_stays_unwritable_blocks_no_older_run(tmp_path, spoil):
    (path, other), first, second = _two_runs(tmp_path, "A", "B")
    aside = tmp_path.with_name("aside.nfo")
    aside.unlink(missing_ok=True)
    {
        "link": lambda: aside.hardlink_to(path),
        "mode": lambda: path.chmod(0o444),
        "gone": lambda: path.rename(aside),
    }[spoil]()
    done = {u.path: u for u in undo(tmp_path)}
    assert not done["A/movie.nfo"].restored
    assert done["A/movie.nfo"].reason.endswith("and undo again")
    assert other.read_bytes() == first
    assert [u.path for u in undo(tmp_path) if u.restored] == ["B/movie.nfo"]
    assert other.read_bytes() == PLAIN
    with pytest.raises(UsageError, match="nothing to undo: the files that earlier undos left"):
        list(undo(tmp_path))
    # once that is changed, the file is restored through both runs
    {
        "link": aside.unlink,
        "mode": lambda: path.chmod(0o644),
        "gone": lambda: aside.rename(path),
    }[spoil]()
    assert path.read_bytes() == second
    assert [u.restored for u in undo(tmp_path)] == [True, True]
    assert path.read_bytes() == PLAIN


def test_files_left_by_an_earlier_undo_are_restored_before_another_run_is_undone(tmp_path, state):
    (path, other), first, _ = _two_runs(tmp_path, "A", "B")
    path.parent.rename(tmp_path / "C")
    list(undo(tmp_path))
    (tmp_path / "C").rename(path.parent)
    assert [(u.path, u.restored) for u in undo(tmp_path)] == [("A/movie.nfo", True)]
    assert path.read_bytes() == other.read_bytes() == first
    assert not list(state.rglob("*.undone"))
    list(undo(tmp_path))
    assert path.read_bytes() == other.read_bytes() == PLAIN


def test_after_a_kill_an_unreachable_path_keeps_nothing_else_from_being_done(tmp_path, state):
    (_, other), first, _ = _two_runs(tmp_path, "A", "B")
    (journal,) = {run.parent for run in state.rglob("*.jsonl")}
    (journal / "busy").touch()  # what a killed call leaves
    with unreachable(tmp_path / "A"):
        list(undo(tmp_path))
    assert other.read_bytes() == first
    assert not (journal / "busy").exists()


class Meddler(FakePredictor):
    """Changes a file after it was read, so that it cannot be written."""

    def __init__(self, path: Path, data: bytes) -> None:
        super().__init__()
        self.path, self.data = path, data

    def predict(self, films):
        for answer in super().predict(films):
            self.path.write_bytes(self.data)
            yield answer


def test_a_change_that_was_not_made_is_not_undone(tmp_path):
    paths = [add_film(tmp_path, name, PLAIN) / "movie.nfo" for name in "AB"]
    mine = PLAIN + b"\n"
    done = {d.path: d.action for d in tag(tmp_path, Meddler(paths[0], mine), write=True)}
    assert done == {"A/A.mkv": "skip", "B/B.mkv": "write"}
    assert [(u.path, u.restored) for u in undo(tmp_path)] == [("B/movie.nfo", True)]
    assert [path.read_bytes() for path in paths] == [mine, PLAIN]


def test_a_change_made_after_one_that_failed_is_undone(tmp_path, predictor):
    path = add_film(tmp_path, "A", PLAIN) / "movie.nfo"
    list(tag(tmp_path, Meddler(path, PLAIN + b"\n"), write=True))
    path.write_bytes(PLAIN)
    list(tag(tmp_path, predictor, write=True))
    assert [u.restored for u in undo(tmp_path)] == [True]
    assert path.read_bytes() == PLAIN
    assert list(undo(tmp_path)) == []  # the run of which nothing was written

from pathlib import Path

import pytest

from posterplot.errors import UsageError
from posterplot.library import write
from posterplot.library.journal import films_of
from posterplot.library.tag import tag
from posterplot.library.undo import undo
from tests.library.conftest import FakePredictor, add_film, contents
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
    assert done["B/movie.nfo"].reason == "is gone"
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

import os
from contextlib import suppress

import pytest

from posterplot.errors import OutputError, UsageError
from posterplot.library import journal
from posterplot.library.journal import Change, films_of, record_run, runs
from posterplot.library.journal_folder import lock_journal
from posterplot.library.nfo_edit import Splice
from posterplot.library.tag import tag
from posterplot.library.undo import undo
from posterplot.library.written import WrittenGenres
from tests.library.conftest import add_film, contents
from tests.library.oddities import ODDITIES

PLAIN = ODDITIES["plain"].data


def test_a_stopped_run_is_continued_and_undone_as_one(tmp_path, predictor):
    for n in range(70):  # more than are recorded at once
        add_film(tmp_path, f"{n:02}", PLAIN)
    before = contents(tmp_path)
    stopped = tag(tmp_path, predictor, write=True)
    next(stopped)
    stopped.close()
    assert contents(tmp_path) != before
    list(tag(tmp_path, predictor, write=True))
    assert {d.action for d in tag(tmp_path, predictor)} == {"keep"}
    assert all(u.restored for u in undo(tmp_path))
    assert contents(tmp_path) == before


def test_changes_are_read_back_the_last_film_first(tmp_path, state):
    films = [
        [Change("a.nfo", b"old", (Splice(0, 3, b"new"),)), Change("b.nfo", None, ())],
        [Change("caf\udce9.nfo", b"\xff\x00", (Splice(1, 1, b"\xe9"),))],
    ]
    with lock_journal(tmp_path) as folder:
        with record_run(folder, tmp_path) as record:
            record(films)
        (run,) = runs(folder)
    assert run.ended
    assert list(films_of(run.path)) == [films[1], films[0]]
    assert films[1][0].new == b"\xff\xe9\x00"


def test_a_run_that_was_killed_while_it_recorded_is_continued(tmp_path, state):
    first, second = Change("a.nfo", b"a", ()), Change("b.nfo", b"b", ())
    with lock_journal(tmp_path) as folder:
        with suppress(KeyboardInterrupt), record_run(folder, tmp_path) as record:
            record([[first]])
            raise KeyboardInterrupt
        (run,) = runs(folder)
        assert not run.ended
        with run.path.open("ab") as stream:
            stream.write(b'{"film": [{"path"')  # an incomplete line: none of it was done
        with record_run(folder, tmp_path) as record:
            record([[second]])
        assert runs(folder) == [run._replace(ended=True)]
    assert list(films_of(run.path)) == [[second], [first]]


def test_the_last_change_before_a_failure_is_left_out(tmp_path, state):
    made, failed, later = (Change("a.nfo", old, ()) for old in (b"1", b"2", b"3"))
    other = Change("b.nfo", b"b", ())
    with lock_journal(tmp_path) as folder:
        with record_run(folder, tmp_path) as record:
            record([[made]])
            record([[failed, other]])
            record(failed=["a.nfo"])
            record([[later]])
        (run,) = runs(folder)
    assert run.ended
    assert list(films_of(run.path)) == [[later], [other], [made]]


@pytest.mark.parametrize("data", [b"", b'{"format": 1, "libr', bytes(64)])
def test_a_journal_without_a_whole_first_line_is_no_run(tmp_path, state, predictor, data):
    add_film(tmp_path, "A", PLAIN)
    before = contents(tmp_path)
    with lock_journal(tmp_path) as folder:
        (folder / "000001.jsonl").write_bytes(data)
        assert runs(folder) == []
    WrittenGenres(tmp_path.parent)
    with pytest.raises(UsageError, match="nothing to undo"):
        list(undo(tmp_path))
    list(tag(tmp_path, predictor, write=True))
    assert all(u.restored for u in undo(tmp_path))
    assert contents(tmp_path) == before


@pytest.mark.parametrize("batches", [0, 1])
def test_a_journal_that_cannot_be_written_is_as_it_was_before(
    tmp_path, state, monkeypatch, batches
):
    films = [[Change("a.nfo", b"a", ())]]
    full = OSError(28, "No space left on device")
    with (
        lock_journal(tmp_path) as folder,
        suppress(OutputError),
        record_run(folder, tmp_path) as record,
    ):
        for _ in range(batches):
            record(films)
        before = contents(folder)

        def fail(handle):
            raise full

        monkeypatch.setattr(os, "fsync", fail)
        record(films)
    assert contents(folder) == before
    assert bool(before) == bool(batches)


def test_films_that_are_written_are_reported_although_the_next_cannot_be(
    tmp_path, state, predictor, monkeypatch
):
    for n in range(70):  # more than are recorded at once
        add_film(tmp_path, f"{n:02}", PLAIN)
    reported = []
    append = journal._append
    calls = []

    def fail(path, content):
        calls.append(path)
        if len(calls) == 2:
            raise OutputError("cannot be written", where=path)
        append(path, content)

    monkeypatch.setattr(journal, "_append", fail)
    decisions = (reported.append(decision) for decision in tag(tmp_path, predictor, write=True))
    with pytest.raises(OutputError):
        list(decisions)
    written = [path for path, data in contents(tmp_path).items() if b"<genre>" in data]
    assert len(written) == len(reported) == 64

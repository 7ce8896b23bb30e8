from contextlib import suppress

import pytest

from posterplot.errors import UsageError
from posterplot.library.journal import (
    Change,
    films_of,
    lock_journal,
    record_run,
    runs,
)
from posterplot.library.nfo_edit import Splice
from posterplot.library.tag import tag
from posterplot.library.undo import undo
from tests.library.conftest import add_film, contents
from tests.library.oddities import ODDITIES

PLAIN = ODDITIES["plain"].data


def test_a_second_tag_at_the_same_time_is_refused(tmp_path, predictor):
    add_film(tmp_path, "A", PLAIN)
    with lock_journal(tmp_path), pytest.raises(UsageError, match="another posterplot tag"):
        list(tag(tmp_path, predictor, write=True))


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


def test_a_library_that_holds_the_journal_is_refused(state, predictor):
    add_film(state, "A", PLAIN)
    with pytest.raises(UsageError, match="would be inside the library"):
        list(tag(state, predictor, write=True))


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

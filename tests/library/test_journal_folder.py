import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from posterplot.errors import UsageError
from posterplot.library import journal_folder
from posterplot.library.journal_folder import lock_journal, related_libraries
from posterplot.library.tag import tag
from tests.library.conftest import add_film
from tests.library.oddities import ODDITIES

PLAIN = ODDITIES["plain"].data


def test_a_second_tag_at_the_same_time_is_refused(tmp_path, predictor, monkeypatch):
    monkeypatch.setattr(journal_folder, "LOCK_SECONDS", 0)
    add_film(tmp_path, "A", PLAIN)
    with lock_journal(tmp_path), pytest.raises(UsageError, match="another posterplot tag"):
        list(tag(tmp_path, predictor, write=True))


def test_a_second_tag_waits_for_the_first(tmp_path, predictor):
    add_film(tmp_path, "A", PLAIN)
    with ThreadPoolExecutor() as pool:
        with lock_journal(tmp_path):
            second = pool.submit(lambda: list(tag(tmp_path, predictor, write=True)))
            time.sleep(0.2)
            assert not second.done()
        assert [decision.action for decision in second.result()] == ["write"]


def test_a_library_that_holds_the_journal_is_refused(state, predictor):
    add_film(state, "A", PLAIN)
    with pytest.raises(UsageError, match="would be inside the library"):
        list(tag(state, predictor, write=True))


def test_libraries_above_and_below_with_runs_are_found(tmp_path, predictor):
    for folder, name in (("films", "A"), ("films/B", "C"), ("other", "D")):
        add_film(tmp_path / folder, name, PLAIN)
    for library in ("films/B", "films", "other"):
        list(tag(tmp_path / library, predictor, write=True, mode="replace"))
    assert related_libraries(tmp_path / "films") == [tmp_path / "films/B"]
    assert related_libraries(tmp_path / "films/B/C") == [tmp_path / "films", tmp_path / "films/B"]
    assert related_libraries(tmp_path / "other") == []

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.catalogue import seen_ids
from posterplot.catalogue.seen_ids import SeenIds
from posterplot.errors import OutputError


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3)), st.integers(0, 5))
def test_ids_are_remembered_with_their_first_row(ids, in_memory):
    first = {}
    with pytest.MonkeyPatch.context() as patch, closing(SeenIds()) as seen:
        patch.setattr(seen_ids, "_MOST_IN_MEMORY", in_memory)
        patch.setattr(seen_ids, "_MAX_CHARS_IN_MEMORY", 2)
        for number, id_ in enumerate(ids):
            assert seen.add(id_, number) == first.get(id_)
            first.setdefault(id_, number)


def test_a_full_disk_is_one_line():
    with closing(SeenIds()) as seen:
        seen._database.execute("PRAGMA max_page_count = 5")
        with pytest.raises(OutputError, match=r"a temporary database cannot be written .*full"):  # noqa: PT012
            for n in range(1000):
                seen.add("i" * 100 + str(n), n)


def test_long_ids_and_most_short_ones_are_on_disk():
    with closing(SeenIds()) as seen:
        for n in range(11_000):
            seen.add(str(n), n)
        seen.add("i" * 100_000, 1)
        assert seen._database.execute("SELECT count(*) FROM ids").fetchone() == (1_001,)


@pytest.mark.parametrize("most", [0, 1, 2, 10_000])
def test_discarded_ids_are_new_again(monkeypatch, most):
    monkeypatch.setattr(seen_ids, "_MOST_IN_MEMORY", most)
    seen = SeenIds()
    assert [seen.add(id_, number) for number, id_ in enumerate("abc", 1)] == [None] * 3
    seen.discard("a")
    assert seen.add("c", 4) == 3  # also where it is in the database, and a place is free
    assert seen.add("a", 5) is None
    assert seen.add("a", 6) == 5
    seen.close()

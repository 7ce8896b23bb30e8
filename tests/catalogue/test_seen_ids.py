from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.catalogue.seen_ids import SeenIds
from posterplot.errors import OutputError


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3)))
def test_ids_are_remembered_with_their_first_row(ids):
    first = {}
    with closing(SeenIds()) as seen:
        for number, id_ in enumerate(ids):
            assert seen.add(id_, number) == first.get(id_)
            first.setdefault(id_, number)


def test_a_full_disk_is_one_line():
    with closing(SeenIds()) as seen:
        seen._database.execute("PRAGMA max_page_count = 5")
        with pytest.raises(OutputError, match=r"a temporary database cannot be written .*full"):  # noqa: PT012
            for n in range(1000):
                seen.add("i" * 100 + str(n), n)

from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.catalogue.seen_ids import SeenIds


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3)))
def test_ids_are_remembered_with_their_first_row(ids):
    first = {}
    with closing(SeenIds()) as seen:
        for number, id_ in enumerate(ids):
            assert seen.first(id_, number) == first.get(id_)
            first.setdefault(id_, number)

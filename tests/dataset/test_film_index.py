from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.dataset import film_index
from posterplot.dataset.film_index import FilmIndex, IndexedFilm
from posterplot.errors import OutputError

FILMS = st.lists(
    st.builds(
        IndexedFilm,
        name=st.none() | st.sampled_from([b"a", b"b", b"c"]),
        overview=st.none() | st.sampled_from([b"x", b"y"]),
        poster=st.none() | st.sampled_from([0, 1, 2**63, 2**64 - 1]),
    ),
    max_size=20,
)


@settings(deadline=None, max_examples=50)
@given(FILMS)
def test_keys_are_found_as_by_hand(films):
    with FilmIndex() as index:
        for film in films:
            index.add(film)
        index.finish()
        names, places = defaultdict(set), defaultdict(list)
        for n, film in enumerate(films):
            if film.overview is not None:
                names[film.overview].add(film.name or n)
                places[film.overview].append(n)
        shared = [(key, n) for key in sorted(places) for n in places[key] if len(places[key]) > 1]
        assert list(index.rows("overview")) == shared
        kept = [(key, n) for key, n in shared if len(names[key]) <= 2]
        assert list(index.rows_without_placeholders("overview", 2)) == kept
        hashes, first = index.posters(99)
        expected = {film.poster: n for n, film in reversed(list(enumerate(films)))}
        expected.pop(None, None)
        assert dict(zip(hashes.tolist(), first.tolist(), strict=True)) == expected


def test_films_and_digests_come_back_from_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(film_index, "_AT_ONCE", 3)
    with FilmIndex(tmp_path / "index") as index:
        for n in range(10):
            index.add(IndexedFilm(f"i{n}", f"T{n}", f"row {n}", digest=bytes([n])))
        index.finish()
        assert len(index) == 10
        assert index.identity(7) == ("i7", "T7", "row 7")
        assert list(index.digests()) == [bytes([n]) for n in range(10)]


def test_a_full_disk_is_one_line(tmp_path):
    with (  # noqa: PT012
        pytest.raises(OutputError, match=r"a temporary database cannot be written .*full"),
        FilmIndex(tmp_path / "index") as index,
    ):
        index._database.execute("PRAGMA max_page_count = 5")
        for n in range(1000):
            index.add(IndexedFilm(f"i{n}", "T" * 100, digest=bytes(32)))


def test_a_file_that_cannot_be_made_is_one_line(tmp_path):
    with pytest.raises(OutputError, match=r"none/index: a temporary database cannot be written"):
        FilmIndex(tmp_path / "none" / "index")

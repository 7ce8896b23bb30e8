import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.library.nfo_edit import add_elements, apply, replace_genres
from posterplot.library.nfo_read import read
from posterplot.library.nfo_scan import NfoError, scan

_PIECES = st.sampled_from(
    [
        *("<movie>", "</movie>", "<genre>", "</genre>", "<genre/>", "<plot>", "</plot>", "<!--"),
        *("-->", "<![CDATA[", "]]>", "<?xml?>", "<a b='>'>", "</a>", "&", "&amp;", "Drama", "é"),
        *("\r\n", "\n  ", " ", "<", ">", "<!DOCTYPE", "/", '"', "https://www.imdb.com/title/tt1"),
    ]
)


@given(st.one_of(st.binary(max_size=200), st.lists(_PIECES).map(lambda p: "".join(p).encode())))
def test_any_bytes_are_scanned_or_refused_and_edits_are_exact(data):
    try:
        nfo = scan(data)
        facts = read(nfo)
    except NfoError:
        return
    added = apply(data, add_elements(nfo, "genre", ["War & Peace", "Éclair"]))
    after = read(scan(added))
    assert after.genres[-2:] == ("War & Peace", "Éclair")
    assert after.genres[:-2] == tuple(g for g in facts.genres if g not in after.genres[-2:])
    replaced = apply(data, replace_genres(nfo, ["Drama"]))
    assert read(scan(replaced)).genres == ("Drama",)


@pytest.mark.parametrize(
    "hostile",
    [
        "<movie>" + "<a>" * 500_000,
        "<movie>" + "<a>" * 200_000 + "</a>" * 200_000 + "</movie>",
        "<movie><a " + "b='c' " * 300_000,
        "<movie>" + "<!--" * 400_000,
        "<movie>" + "&" * 2_000_000 + "</movie>",
        "<" * 2_000_000,
        "<movie a='" + "<" * 2_000_000,
        "<movie>" + "<genre>" * 300_000,
        "<movie></movie>" + "<!--" * 20_000,
        "<movie></movie>" + "<?" * 30_000,
        "<movie></movie>" + "<a \"<b '" * 200_000,
        "<movie><plot>" + "<!-- <![CDATA[ -->" * 10_000 + "</plot></movie>",
    ],
)
def test_hostile_files_take_little_time(hostile):
    started = time.process_time()
    with contextlib.suppress(NfoError):
        read(scan(hostile.encode()))
    assert time.process_time() - started < 5

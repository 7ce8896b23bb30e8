import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.library.nfo_edit import add_elements, apply, replace_genres
from posterplot.library.nfo_read import read
from posterplot.library.nfo_scan import NfoError, scan
from tests.library.oddities import ODDITIES, nfo

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
        found = scan(data)
        facts = read(found)
    except NfoError:
        return
    added = apply(data, add_elements(found, "genre", ["War & Peace", "Éclair"]))
    after = read(scan(added))
    assert after.genres[-2:] == ("War & Peace", "Éclair")
    assert after.genres[:-2] == tuple(g for g in facts.genres if g not in after.genres[-2:])
    replaced = apply(data, replace_genres(found, ["Drama"]))
    assert read(scan(replaced)).genres == ("Drama",)


@pytest.mark.parametrize("name", [n for n, o in ODDITIES.items() if o.action == "write"])
def test_names_that_an_encoding_cannot_hold_are_read_back(name):
    data = ODDITIES[name].data
    found = scan(data)
    edited = apply(data, add_elements(found, "genre", ["Café 電影 & <Noir>"]))
    assert read(scan(edited)).genres == ("Café 電影 & <Noir>",)


def test_a_name_in_a_legacy_encoding_is_a_reference():
    data = ODDITIES["windows-1252"].data
    edited = apply(data, add_elements(scan(data), "genre", ["Café"]))
    assert b"<genre>Caf&#233;</genre>" in edited


def test_facts_of_an_nfo():
    data = nfo(
        "<originaltitle>Das Salz</originaltitle>",
        "<outline>short</outline>",
        "<tag>one</tag>",
        '<uniqueid type="imdb" default="true">tt0083658</uniqueid>',
        "<tmdbid>78</tmdbid>",
        "<genre>Action / Drama</genre>",
        "<genre>drama, <!-- x --><![CDATA[War]]> &amp; Peace</genre>",
    )
    facts = read(scan(data.replace("{title}", "Salt &amp; Pepper").encode()))
    assert (facts.title, facts.year, facts.plot) == ("Salt & Pepper", 1999, "{plot}")
    assert facts.ids == {"imdb": "tt0083658", "tmdb": "78"}
    assert facts.genres == ("Action", "Drama", "War & Peace")
    assert facts.tags == ("one",)
    assert (facts.lock, facts.notes, facts.origin) == ("", (), "")


@pytest.mark.parametrize(
    ("name", "origin"),
    [("jellyfin", "Jellyfin"), ("comment before the root", "tinyMediaManager"), ("plain", "")],
)
def test_the_origin_of_an_nfo(name, origin):
    assert read(scan(ODDITIES[name].data)).origin == origin


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("bare ampersand", "a bare & in line 6"),
        ("nbsp", "a bare & in line 6"),
        ("declared wrongly", "its encoding is unknown"),
        ("nested genres", "inside <genres>"),
    ],
)
def test_problems_of_media_servers_are_noted(name, note):
    assert note in "; ".join(read(scan(ODDITIES[name].data)).notes)


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
    ],
)
def test_hostile_files_take_little_time(hostile):
    started = time.process_time()
    with contextlib.suppress(NfoError):
        read(scan(hostile.encode()))
    assert time.process_time() - started < 5

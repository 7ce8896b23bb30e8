import pytest

from posterplot.library.nfo_read import read
from posterplot.library.nfo_scan import scan
from tests.library.oddities import ODDITIES, nfo


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


def test_comments_and_cdata_may_hold_the_start_of_each_other():
    data = nfo("<tag>a<!-- <![CDATA[b -->c<![CDATA[ <!-- &amp; ]]>d<?e <![CDATA[?>&lt;</tag>")
    assert read(scan(data.encode())).tags == ("ac <!-- &amp; d<",)


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

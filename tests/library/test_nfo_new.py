from xml.etree import ElementTree as ET

from posterplot.library.nfo_new import new_nfo


def test_a_new_nfo():
    content = new_nfo("Tom & Jo", 1995, {"tmdb": "949", "imdb": "tt0113277"}, ["Crime"], ["Noir"])
    assert content.decode() == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        "<movie>\n"
        "  <title>Tom &amp; Jo</title>\n"
        "  <year>1995</year>\n"
        '  <uniqueid type="imdb" default="true">tt0113277</uniqueid>\n'
        '  <uniqueid type="tmdb">949</uniqueid>\n'
        "  <genre>Crime</genre>\n"
        "  <tag>Noir</tag>\n"
        "</movie>\n"
        "https://www.themoviedb.org/movie/949\n"
        "https://www.imdb.com/title/tt0113277\n"
    )


def test_control_characters_are_removed():
    root = ET.fromstring(new_nfo("A\x00B\ud800", None, {}, []))
    assert [child.tag for child in root] == ["title"]
    assert root.findtext("title", "").startswith("AB")


def test_white_space_of_any_kind_stays_between_words():
    root = ET.fromstring(new_nfo("The\xa0Salt\u3000Ship\u2028II", None, {}, []))
    assert root.findtext("title") == "The Salt Ship II"

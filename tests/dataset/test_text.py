import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.dataset.text import MAX_CHARACTERS, clean_overview, overview_text
from posterplot.films import Film


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (None, None),
        ("Alone", "Alone"),
        ("  Two\r\n\tlines\x00 here ", "Two lines here"),
        ("A <b>bold</b> man<br/>and &amp; his &lt;i&gt;dog&lt;/i&gt;", "A bold man and & his dog"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("a &amp;lt;b&amp;gt; c <b<i>>d", "a c d"),
        ("Wait&hellip\u037e", "Wait…"),  # the Greek question mark is a semicolon in NFC
        ("Is 3 < 5 <3 and a < b > c?", "Is 3 < 5 <3 and a < b > c?"),
        ("Cafe\u0301", "Café"),
        ("👨‍👩‍👧 weep 🎬", "👨‍👩‍👧 weep 🎬"),
        ("סרט \u200fעל\u200f אהבה", "סרט \u200fעל\u200f אהבה"),
        ("half \ud83c pair", "half pair"),
    ],
)
def test_clean(text, clean):
    assert clean_overview(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "N/A",
        "n/a.",
        "Add a Plot",
        "Add a Plot »".rstrip(" »"),
        "No overview found.",
        "<p></p>",
        "...",
        "-",
        "None",
        "Unknown",
        "No plot available!",
        "(Coming soon)",
        "We don't have an overview translated in English. Help us expand our database by adding"
        " one.",
        "We don’t have an overview translated in Brazilian Portuguese. Help us expand our"
        " database by adding one.",
    ],
)
def test_placeholders(text):
    assert clean_overview(text) is None


def test_placeholder_words_within_a_text_stay():
    assert clean_overview("Unknown to her, he adds a plot.") == "Unknown to her, he adds a plot."


@pytest.mark.parametrize(
    "text",
    [
        *("word " * 20_000, "<" * 100_000, "<!--" * 25_000, "&lt;" * 25_000),
        *("x &" + "amp;" * 25_000, "x " + "<b" * 30_000 + ">" * 30_000),
        *("a" + "\u0301" * 50_000 + "\u0323" * 50_000, "\u0f73" * 100_000, "-" * 100_000),
    ],
)
def test_long_texts_are_fast(text):
    start = time.process_time()
    clean = clean_overview(text)
    assert time.process_time() - start < 5  # quadratic: half a minute
    clean = clean or ""
    assert len(clean) <= len(text)
    assert clean_overview(clean) == (clean or None)


def test_of_many_combining_marks_the_first_stay():
    text = "Z" + "\u0323" * 40 + "algo" + "\u0301\u0323" * 15 + " -" + "-" * 60
    expected = "Z" + "\u0323" * 30 + "algo" + "\u0301\u0323" * 15 + " -" + "-" * 60
    assert clean_overview(text) == unicodedata.normalize("NFC", expected)


@pytest.mark.parametrize("mark", ["\u0301", "\u0344", "\u0f73", "\u0e31", "\u0903"])
@pytest.mark.parametrize("number", [29, 30, 31, 70])
def test_cleaning_many_marks_twice_is_cleaning_once(mark, number):
    clean = clean_overview("A cook" + mark * number + " sails")
    assert clean_overview(clean) == clean


@settings(deadline=None)
@given(st.text(" \t\n\x00<b/>&;ltampא🎬e\u0301\u200f", max_size=30))
def test_result_is_clean(text):
    clean = clean_overview(text)
    if clean is not None:
        assert clean == " ".join(clean.split()) == unicodedata.normalize("NFC", clean)
        assert not any(unicodedata.category(c) == "Cc" for c in clean)


_PIECES = ["&", ";", "<", ">", "/", "#38", "#x3c", "amp", "lt", "gt", "hellip", "b", "n/a"]
_PIECES += [" ", "\n", "\x00", "\u037e", "e", "\u0301", "\u0338", "("]


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
def test_cleaning_twice_is_cleaning_once(text):
    clean = clean_overview(text)
    assert clean_overview(clean) == clean


@pytest.mark.parametrize(
    ("title", "overview", "read", "titled"),
    [
        ("Heat", "Two men meet.", "Two men meet.", "Heat. Two men meet."),
        ("  <i>Heat</i>\n", " Two &amp; two ", "Two & two", "Heat. Two & two"),
        ("", "Two men meet.", "Two men meet.", "Two men meet."),
        ("N/A", "Two men meet.", "Two men meet.", "Two men meet."),
        ("Heat", "Add a Plot", None, None),
        ("Heat", None, None, None),
    ],
)
def test_a_title_is_read_before_an_overview_but_not_alone(title, overview, read, titled):
    film = Film("a", title=title, overview=overview, poster=b"a poster")
    assert overview_text(film, title=False) == read
    assert overview_text(film, title=True) == titled


def test_only_the_first_characters_of_an_endless_overview_are_read():
    """Tokenising 20 MB would take gigabytes, and a model reads a few hundred words."""
    endless = "A gun and a letter. " * 1_000_000
    cleaned = clean_overview(endless)
    assert len(cleaned) <= MAX_CHARACTERS
    assert cleaned.startswith("A gun and a letter. A gun")
    assert clean_overview(cleaned) == cleaned
    longer_when_composed = "\u0958" * MAX_CHARACTERS
    cleaned = clean_overview(longer_when_composed)
    assert clean_overview(cleaned) == cleaned

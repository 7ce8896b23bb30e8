import pytest

from posterplot.inference.unread import unread_reason
from sentences import ENGLISH, SENTENCES


@pytest.mark.parametrize("text", [text for texts in SENTENCES.values() for text in texts])
def test_another_language_is_named(text):
    reason = unread_reason(text, "", ["en"])
    assert reason.startswith("overview is in ")
    assert reason.endswith("; this model reads English")


def test_several_languages_are_listed():
    reason = unread_reason(SENTENCES["fr"][0], "", ["en", "de"])
    assert reason == "overview is in French; this model reads English and German"


@pytest.mark.parametrize("text", ENGLISH[1:])
def test_english_is_read(text):
    assert unread_reason(text, "Salt", ["en"]) is None


@pytest.mark.parametrize(
    ("text", "title", "reason"),
    [
        ("The Salt Ship!", "The salt ship", "overview only repeats the title"),
        ("The plot is good.", "", "overview says too little: 2 content words"),
        ("It’s a film.", "", "overview says too little: 1 content word,"),
        ("The café – “naïve”?", "", "overview says too little: 2 content words"),
        ("★★★★★ 😀 —", "", "overview says too little: 0 content words"),
        ("Ship ship ship ship ship.", "", "overview says too little: 1 content word,"),
        ("A film about it and them.", "", "overview says too little: 1 content word,"),
    ],
)
def test_a_text_that_says_nothing_is_not_read(text, title, reason):
    assert unread_reason(text, title, ["en"]).startswith(reason)


def test_without_known_languages_everything_is_read():
    assert unread_reason("The plot is good.", "The plot is good", []) is None
    assert unread_reason(SENTENCES["ja"][0], "", []) is None

import pytest

from posterplot.catalogue.placeholders import is_placeholder, says_nothing


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "N/A", "[none]", "\\N", "TBA", "Coming soon...", "Plot kept under wraps."),
        *("No overview found.", "NO SYNOPSIS", "(no plot summary yet)", "No description available"),
        "We don’t have an overview translated in German. Help us expand our database.",
    ],
)
def test_placeholders(text):
    assert is_placeholder(text)
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        *("No overview found of the town", "Unknown to her, he leaves.", "None of them returns."),
        "We don't have an overview translated in German, " + "says the archivist of a town. " * 5,
    ],
)
def test_a_sentence_that_begins_like_a_placeholder_is_text(text):
    assert not is_placeholder(text)
    assert not says_nothing(text)


@pytest.mark.parametrize("text", ["Drama", "Sci-Fi", "L’amour.", "1999", "«Драма»"])
def test_one_word_says_nothing_although_it_is_no_placeholder(text):
    assert not is_placeholder(text)
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["Two words", "厨师继承了一艘船", "คนครัวได้เรือ", "a" * 40])
def test_what_may_be_an_overview(text):
    assert not says_nothing(text)

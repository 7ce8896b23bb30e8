import pytest
from hypothesis import given
from hypothesis import strategies as st

from posterplot.inference.languages import foreign_language, language_name
from sentences import ENGLISH, SENTENCES


@pytest.mark.parametrize(
    ("language", "text"), [(name, text) for name, texts in SENTENCES.items() for text in texts]
)
def test_a_text_in_another_language_is_recognised(language, text):
    assert foreign_language(text, ["en"]) == language
    assert foreign_language(text, ["en", language]) is None


@pytest.mark.parametrize("text", ENGLISH)
def test_an_english_text_is_readable(text):
    assert foreign_language(text, ["en"]) is None


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text):
    language = foreign_language(text, ["en"])
    assert language is None or len(language) in (2, 3)
    assert foreign_language(text, []) is None


def test_languages_have_english_names():
    assert language_name("de") == "German"
    assert language_name("xx") == "xx"

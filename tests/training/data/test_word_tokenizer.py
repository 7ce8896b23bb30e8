import pytest

from posterplot.training.data.word_tokenizer import train_tokenizer


def _tokens(tokenizer, text):
    return tokenizer.encode(text).tokens


def test_words_are_lower_case_without_accents_and_marks():
    tokenizer = train_tokenizer(["Amélie's café, 1999!"], max_words=50, min_count=1)
    assert _tokens(tokenizer, "AMELIE S Cafe 1999") == ["amelie", "s", "cafe", "1999"]
    assert tokenizer.token_to_id("[PAD]") == 0


def test_rare_words_are_unknown_and_the_vocabulary_is_bounded():
    tokenizer = train_tokenizer(["a a a b b c", "b a d d"], max_words=4, min_count=2)
    assert tokenizer.get_vocab_size() == 4
    assert _tokens(tokenizer, "a b c d") == ["a", "b", "[UNK]", "[UNK]"]


def test_the_order_of_the_films_does_not_matter():
    one = train_tokenizer(["x y", "z w"], max_words=4, min_count=1)
    other = train_tokenizer(["z w", "x y"], max_words=4, min_count=1)
    assert one.to_str() == other.to_str()


@pytest.mark.parametrize(
    "words",
    ["कि कु की कम", "கல் கலை கிளி", "ক কা কি", "กา กิ กี", "か が は ぱ", "ກາ ກິ"],
    ids=["Hindi", "Tamil", "Bengali", "Thai", "Japanese", "Lao"],
)
def test_vowel_signs_and_voicing_marks_make_different_words(words):
    tokenizer = train_tokenizer([words], max_words=50, min_count=1)
    assert len(set(_tokens(tokenizer, words))) == len(words.split())
    assert "[UNK]" not in _tokens(tokenizer, words)


@pytest.mark.parametrize(
    ("one", "other"), [("Ночной ёж", "ночнои еж"), ("Tiếng Việt", "tieng viet"), ("كَتَبَ", "كتب")]
)
def test_accents_and_optional_vowel_marks_make_no_difference(one, other):
    tokenizer = train_tokenizer([one], max_words=50, min_count=1)
    assert _tokens(tokenizer, one) == _tokens(tokenizer, other)
    assert "[UNK]" not in _tokens(tokenizer, other)

from tokenizers import Tokenizer, models, pre_tokenizers

from posterplot.training.package.readable import measured_languages, pieces_limit
from sentences import ENGLISH, SENTENCES

PLAIN = ENGLISH[:4]  # without foreign names, which a few short sentences may be taken for


def test_languages_are_those_of_enough_overviews():
    assert measured_languages(PLAIN * 8) == ("en",)
    assert measured_languages(PLAIN * 8 + SENTENCES["de"]) == ()  # 4 of 36 would not be read
    assert measured_languages(PLAIN * 25 + SENTENCES["de"]) == ("en",)
    assert measured_languages(PLAIN * 8 + SENTENCES["de"] * 6) == ("en", "de")
    assert measured_languages(PLAIN) == ()  # too few
    assert measured_languages([]) == ()


def test_the_limit_is_above_the_highest_rate():
    letters = {letter: n for n, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
    pieces = letters | {f"##{letter}": n + 26 for letter, n in letters.items()} | {"ship": 52}
    tokenizer = Tokenizer(models.WordPiece(pieces | {"[UNK]": 53}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    # "ship" is one token, "abcd" four: 5 tokens of 2 words
    assert pieces_limit(tokenizer, ["ship ship", "ship abcd"]) == 1.25 * 2.5
    assert pieces_limit(tokenizer, []) is None

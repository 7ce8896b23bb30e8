import re
import time
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from posterplot.dataset.text import clean_overview
from posterplot.explain.word_scores import _JOINED, score_words, word_spans

PIECES = ["un", "##believ", "##able", "gun", "##s", "don", "t", "'", "’", "-", ".", "spider", "man"]


def _word_piece():
    known = {p: n for n, p in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *PIECES])}
    tokenizer = Tokenizer(models.WordPiece(known, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def _byte_pairs():
    """Bytes alone, as after no merge: an accent is two tokens, an emoji four."""
    known = {byte: n for n, byte in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(known, []))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _pieces_without_words():
    """A tokenizer for which the whole text is one word."""
    known = {character: n for n, character in enumerate("[abcdefghijklmnopqrstuvwxyz .")}
    return Tokenizer(models.BPE(known, [], unk_token="["))


def _whole_words():
    from posterplot.training.data.word_tokenizer import train_tokenizer

    return train_tokenizer(["a gun, a kiss, a cafe"], max_words=50, min_count=1)


TOKENIZERS = {
    "word-piece": _word_piece(),
    "bytes": _byte_pairs(),
    "no-words": _pieces_without_words(),
    "words": _whole_words(),
}


def _spans(tokenizer, text, max_tokens):
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return word_spans(tokenizer.encode(text), text)


def _cut(tokenizer, text, most=512):
    spans, read = _spans(tokenizer, text, most)
    return [read[s.start : s.end] for s in spans]


@pytest.mark.parametrize("kind", ["word-piece", "bytes"])
@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Unbelievable guns.", ["Unbelievable", "guns", "."]),
        ("don't", ["don't"]),
        ("We don’t.", ["We", "don’t", "."]),
        ("A Spider-Man gun - gun", ["A", "Spider-Man", "gun", "-", "gun"]),
        ("Café à naïve", ["Café", "à", "naïve"]),
        ("", []),
    ],
)
def test_tokens_are_grouped_into_words(kind, text, cut):
    assert _cut(TOKENIZERS[kind], text) == cut


def test_scripts_without_spaces_are_split_by_the_tokenizer():
    assert _cut(TOKENIZERS["word-piece"], "銃 銃と拳") == ["銃", "銃", "と", "拳"]


def test_the_tokens_of_an_emoji_are_one_word():
    spans, _ = _spans(TOKENIZERS["bytes"], "a 🔫", 99)
    assert [(s.start, s.end) for s in spans] == [(0, 1), (2, 3)]
    assert len(spans[1].tokens) >= 4


def test_words_separated_only_by_spaces():
    assert _cut(TOKENIZERS["no-words"], "a gun. kiss") == ["a", "gun.", "kiss"]


def test_normalisation_keeps_offsets():
    text = "İstanbul CAFÉ x\u0302y gun"
    assert _cut(TOKENIZERS["words"], text)[-1] == "gun"
    assert _cut(TOKENIZERS["word-piece"], text)[-1] == "gun"


def test_text_beyond_the_last_token_is_cut_off():
    spans, read = _spans(TOKENIZERS["word-piece"], "gun guns unbelievable gun", 6)
    # [CLS] gun gun ##s un [SEP]: of the last word the first piece alone was read
    assert read == "gun guns un"
    assert len(spans) == 3
    spans, read = _spans(TOKENIZERS["word-piece"], "gun gun ", 6)
    assert read == "gun gun "


def test_a_word_has_the_sum_of_its_tokens():
    spans, _ = _spans(TOKENIZERS["word-piece"], "Unbelievable gun", 99)
    scores = np.array([100, 1, 2, 4, -8, 100], np.float32)  # [CLS] un believ able gun [SEP]
    assert [(w.start, w.end, w.score) for w in score_words(spans, scores)] == [
        (0, 12, 7),
        (13, 16, -8),
    ]


TEXTS = st.text(
    st.sampled_from("ab gun don't’-. ,éñİß銃と🔫ा\u0302\u200d")
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
)


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(text=TEXTS, most=st.integers(3, 30))
def test_spans_of_any_text(kind, text, most):
    tokenizer, text = TOKENIZERS[kind], clean_overview(text) or ""
    spans, read = _spans(tokenizer, text, most)
    assert text.startswith(read)
    at = 0
    for span in spans:
        assert at <= span.start < span.end <= len(read)
        word = read[span.start : span.end]
        assert word == word.strip()
        at = span.end
    tokenizer.enable_truncation(most)
    encoding = tokenizer.encode(text)
    used = [token for span in spans for token in span.tokens]
    assert used == sorted(set(used))
    special = {n for n, yes in enumerate(encoding.special_tokens_mask) if yes}
    assert not special & set(used)
    for token in set(range(len(encoding.ids))) - special - set(used):
        left, right = encoding.offsets[token]
        assert not text[left:right].strip()  # it stands for no character that is seen


@given(text=TEXTS)
def test_words_cover_the_text_of_a_byte_tokenizer(text):
    text = clean_overview(text) or ""
    spans, read = _spans(TOKENIZERS["bytes"], text, 512)
    spelt = "".join(read[s.start : s.end] for s in spans)
    assert unicodedata.normalize("NFC", spelt) == "".join(read.split())


@given(st.text("aé1_'’‐- .", max_size=20))
def test_contractions_and_compounds(text):
    simple = re.compile(r"\w+(?:['’‐-]\w+)+")  # quadratic
    assert _JOINED.findall(text) == simple.findall(text)


@pytest.mark.parametrize("text", ["a" * 200_000, "a-" * 100_000, "-a" * 100_000, "a--" * 60_000])
def test_long_runs_of_letters_take_linear_time(text):
    start = time.process_time()
    list(_JOINED.finditer(text))
    assert time.process_time() - start < 5  # quadratic: minutes

"""Train a word tokenizer on the training overviews."""

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

PADDING, UNKNOWN = "[PAD]", "[UNK]"
# combining diacritical marks of Latin, Greek and Cyrillic; Hebrew points; Arabic vowel marks
_OPTIONAL_MARKS = (
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0655\u0670]"
)


def train_tokenizer(overviews: Iterable[str], *, max_words: int, min_count: int) -> Tokenizer:
    """Train a tokenizer of lower-case words without accents.

    Words consist of letters, marks and digits. Only marks that are optional in ordinary text are
    removed: accents, Hebrew points and Arabic vowel marks. Vowel signs of Indic scripts, Thai and
    others are marks too in Unicode, but words differ by them.

    Args:
        overviews: Clean texts.
        max_words: Size of the vocabulary, including padding (id 0) and unknown (id 1).
        min_count: Words that occur fewer times are unknown.

    """
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    without_marks = normalizers.Replace(Regex(_OPTIONAL_MARKS), "")
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), without_marks, normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+"), "removed", invert=True)
    trainer = trainers.WordLevelTrainer(
        vocab_size=max_words,
        min_frequency=min_count,
        special_tokens=[PADDING, UNKNOWN],
        show_progress=False,
    )
    # sorted, because the trainer keeps the first of words with equal counts
    tokenizer.train_from_iterator(sorted(overviews), trainer)
    return tokenizer

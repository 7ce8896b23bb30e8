"""A word tokenizer, trained on the training overviews."""

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

PADDING, UNKNOWN = "[PAD]", "[UNK]"


def train_tokenizer(overviews: Iterable[str], *, max_words: int, min_count: int) -> Tokenizer:
    """Learn the words of overviews: lower case, accents off, letters and digits only.

    Args:
        overviews: clean texts.
        max_words: size of the vocabulary, padding (id 0) and unknown (id 1) included.
        min_count: words that stand fewer times are unknown.

    """
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\w+"), "removed", invert=True)
    trainer = trainers.WordLevelTrainer(
        vocab_size=max_words,
        min_frequency=min_count,
        special_tokens=[PADDING, UNKNOWN],
        show_progress=False,
    )
    # sorted: among words of equal count the trainer keeps those that it meets first
    tokenizer.train_from_iterator(sorted(overviews), trainer)
    return tokenizer

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from posterplot.dataset.tokens import pad, tokenize


@pytest.fixture
def tokenizer():
    words = {"[PAD]": 0, "[UNK]": 1, "a": 2, "b": 3}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def test_overviews_become_ids_up_to_the_limit(tokenizer):
    rows = tokenize(tokenizer, ["a b c a", None, "", "b"], 3)
    assert [row.tolist() for row in rows] == [[2, 3, 1], [], [], [3]]
    assert all(row.dtype == np.int64 for row in rows)


def test_rows_are_padded_to_the_longest():
    tokens, mask = pad([np.array([2, 3]), np.array([], np.int64), np.array([4])])
    assert tokens.tolist() == [[2, 3], [0, 0], [4, 0]]
    assert mask.tolist() == [[True, True], [False, False], [True, False]]


def test_there_is_at_least_one_column():
    tokens, mask = pad([np.array([], np.int64)])
    assert tokens.shape == mask.shape == (1, 1)
    assert not mask.any()

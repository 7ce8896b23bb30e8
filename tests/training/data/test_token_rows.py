import numpy as np
import pytest

from posterplot.dataset.tokens import tokenize
from posterplot.training.data.token_rows import TokenRows, tokenize_many
from posterplot.training.data.word_tokenizer import train_tokenizer


def test_rows_come_back_as_they_were():
    rows = [np.array(ids, np.int64) for ids in ([5, 7, 2**31 - 1], [], [1])]
    result = TokenRows(iter(rows))
    assert [result[n].tolist() for n in range(len(result))] == [row.tolist() for row in rows]
    assert result[0].dtype == np.int64
    assert result.lengths.tolist() == [3, 0, 1]


def test_no_rows():
    assert len(TokenRows([])) == 0
    assert TokenRows([np.zeros(0, np.int64)])[0].tolist() == []


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_texts_are_tokenised_as_all_at_once(monkeypatch, at_once):
    monkeypatch.setattr("posterplot.training.data.token_rows._TEXTS_AT_ONCE", at_once)
    texts = ["one two three", None, "two", "", "four one one two"]
    tokenizer = train_tokenizer([t for t in texts if t], max_words=50, min_count=1)
    result = tokenize_many(tokenizer, iter(texts), 3)
    expected = tokenize(tokenizer, texts, 3)
    assert [result[n].tolist() for n in range(5)] == [row.tolist() for row in expected]

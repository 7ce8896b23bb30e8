import time
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from posterplot.normalisation import normalized


def test_of_successive_marks_the_first_30_stay():
    assert normalized("NFKC", "ﬁf" + "\u0344" * 31) == "fif" + "\u0308\u0301" * 30
    assert normalized("NFKD", "é" + "\u0323" * 40) == "e" + "\u0323" * 30 + "\u0301"


def test_long_runs_of_marks_are_fast():
    start = time.process_time()
    normalized("NFC", "a" + "\u0301\u0323" * 50_000)
    assert time.process_time() - start < 5  # quadratic: some 20 seconds


@given(st.text(max_size=30), st.sampled_from(["NFC", "NFKC", "NFKD"]))
def test_other_texts_are_normalised_as_unicode_says(text, form):
    assert normalized(form, text) == unicodedata.normalize(form, text)

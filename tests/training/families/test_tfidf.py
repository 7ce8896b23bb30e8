import numpy as np
import onnxruntime
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from posterplot.dataset.tokens import pad
from posterplot.errors import ConfigError
from posterplot.training.config.run_config import TfidfConfig
from posterplot.training.families.tfidf import fit_tfidf


@pytest.mark.parametrize("max_ngram", [1, 2, 3])
def test_the_graph_is_scikit_learns_pipeline(max_ngram):
    rng = np.random.default_rng(0)
    rows = [rng.integers(2, 12, size=rng.integers(3, 15)) for _ in range(40)]
    targets = (rng.random((40, 2)) < 0.4).astype(np.float32)
    config = TfidfConfig(kind="tfidf", name="x", max_ngram=max_ngram, min_films=2)
    session = onnxruntime.InferenceSession(fit_tfidf(rows, targets, config))

    texts = [" ".join(f"w{token}" for token in row) for row in rows]
    vectorizer = TfidfVectorizer(ngram_range=(1, max_ngram), min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform(texts)
    unseen = [rng.integers(2, 14, size=n) for n in (1, 4, 30)]
    unseen_texts = [" ".join(f"w{token}" for token in row) for row in unseen]
    tokens, _ = pad(unseen)
    logits = session.run(["logits"], {"tokens": tokens})[0]
    for g in range(2):
        oracle = LogisticRegression(class_weight="balanced", max_iter=1000)
        oracle.fit(features, targets[:, g])
        expected = oracle.decision_function(vectorizer.transform(unseen_texts))
        assert logits[:, g] == pytest.approx(expected, abs=1e-3)


def test_a_genre_without_a_film_has_its_smoothed_share():
    rows = [np.array([2, 3]), np.array([3, 4]), np.array([2, 4])]
    targets = np.array([[1, 0], [0, 0], [1, 0]], dtype=np.float32)
    config = TfidfConfig(kind="tfidf", name="x", min_films=1)
    session = onnxruntime.InferenceSession(fit_tfidf(rows, targets, config))
    logits = session.run(["logits"], {"tokens": pad(rows)[0]})[0]
    assert 1 / (1 + np.exp(-logits[:, 1])) == pytest.approx(0.5 / 4)


def test_only_rare_words_are_refused():
    rows = [np.array([2]), np.array([3])]
    config = TfidfConfig(kind="tfidf", name="x", min_films=2)
    with pytest.raises(ConfigError, match="no word or phrase occurs in 2"):
        fit_tfidf(rows, np.array([[1], [0]], dtype=np.float32), config)

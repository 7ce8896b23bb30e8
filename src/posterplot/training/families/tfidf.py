"""Train TF-IDF and logistic regression with scikit-learn, and export them as an ONNX graph."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from posterplot.dataset.reading import Dataset
from posterplot.dataset.text import clean_overview
from posterplot.dataset.tokens import tokenize
from posterplot.errors import ConfigError
from posterplot.inference.bundle import OverviewInput
from posterplot.training.config.run_config import TfidfConfig
from posterplot.training.data.film_choice import films_with
from posterplot.training.data.word_tokenizer import train_tokenizer
from posterplot.training.families.trained_model import TrainedModel


def train_tfidf(config: TfidfConfig, dataset: Dataset, log: Callable[[str], None]) -> TrainedModel:
    """Train the baseline on the overviews of a dataset.

    Args:
        config: Configuration of the model.
        dataset: Dataset whose training films have overviews.
        log: Called with each line of progress.

    Raises:
        DatasetError: No training film has an overview.
        ConfigError: Every n-gram is too rare.

    """
    log(f"loading {dataset.manifest.splits['train'].films:,} films")
    films = films_with(dataset, "train", ("overview",))
    overviews = [clean_overview(film.overview) or "" for film in films]
    log(f"{len(films)} training films have an overview")
    log("fitting a logistic regression for each genre")
    # every word gets an id, because n-grams are pruned, not words
    tokenizer = train_tokenizer(overviews, max_words=1_000_000, min_count=1)
    overview = OverviewInput(max_tokens=1024)
    tokens = tokenize(tokenizer, overviews, overview.max_tokens)
    targets = dataset.vocabulary.encode([film.genres for film in films])
    return TrainedModel(
        graph=fit_tfidf(tokens, targets, config),
        tokenizer=tokenizer.to_str(),
        poster=None,
        overview=overview,
        train_films=len(films),
        notes={},
        held_out={},
    )


def fit_tfidf(
    tokens: Sequence[NDArray[np.int64]], targets: NDArray[np.float32], config: TfidfConfig
) -> bytes:
    """Fit one logistic regression per genre on the n-grams of N overviews.

    Args:
        tokens: N arrays of token ids.
        targets: ``(N, G)`` in {0, 1}.
        config: Configuration of the model.

    Returns:
        An ONNX file: tokens ``(B, T)`` int64, 0 = padding -> logits ``(B, G)`` float32.

    """
    vectorizer = TfidfVectorizer(
        analyzer=_Ngrams(config.max_ngram),
        min_df=min(config.min_films, len(tokens)),
        sublinear_tf=True,
        dtype=np.float32,
    )
    try:
        features = vectorizer.fit_transform(tokens)
    except ValueError as error:
        raise ConfigError(
            f"no word or phrase occurs in {config.min_films} training overviews",
            where="min_films",
            hint="lower it, or add films",
        ) from error
    weights = np.zeros((features.shape[1], targets.shape[1]), dtype=np.float32)
    # no classifier can be fitted to a genre that no film or every film has: predict its share
    share = (targets.sum(axis=0) + 0.5) / (len(targets) + 1)
    bias = np.log(share / (1 - share)).astype(np.float32)
    for g, column in enumerate(targets.T):
        if 0 < column.sum() < len(column):
            regression = LogisticRegression(
                C=config.regularisation,
                class_weight="balanced" if config.balanced else None,
                max_iter=1000,
            ).fit(features, column)
            weights[:, g], bias[g] = regression.coef_[0], regression.intercept_[0]
    return _graph(vectorizer.vocabulary_, vectorizer.idf_, weights, bias)


class _Ngrams:
    """Splits token ids into n-grams, as tuples."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, tokens: NDArray[np.int64]) -> list[tuple[int, ...]]:
        ids = tokens.tolist()
        return [
            tuple(ids[start : start + n])
            for n in range(1, self.longest + 1)
            for start in range(len(ids) - n + 1)
        ]


def _graph(
    vocabulary: dict[tuple[int, ...], int],
    idf: NDArray[Any],
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
) -> bytes:
    """Return ``normalise((1 + log tf) idf) @ weights + bias`` as ONNX.

    ``TfIdfVectorizer`` of ONNX counts n-grams of integers, so the graph takes the same token ids
    as other models. Padding needs no mask: an n-gram with padding contains a 0, and none here does.
    """
    grams = sorted(vocabulary, key=lambda gram: (len(gram), gram))
    longest = max(len(gram) for gram in grams)
    starts = [sum(len(g) for g in grams if len(g) < n) for n in range(1, longest + 1)]
    count = helper.make_node(
        "TfIdfVectorizer",
        ["tokens"],
        ["tf"],
        mode="TF",
        min_gram_length=1,
        max_gram_length=longest,
        max_skip_count=0,
        ngram_counts=starts,
        ngram_indexes=[int(vocabulary[gram]) for gram in grams],
        pool_int64s=[token for gram in grams for token in gram],
    )
    nodes = [
        count,
        # sublinear: 1 + log tf where tf > 0. max(tf, 1) keeps the logarithm finite elsewhere
        helper.make_node("Max", ["tf", "one"], ["at_least_one"]),
        helper.make_node("Log", ["at_least_one"], ["log"]),
        helper.make_node("Min", ["tf", "one"], ["present"]),
        helper.make_node("Add", ["log", "present"], ["damped"]),
        helper.make_node("Mul", ["damped", "idf"], ["tfidf"]),
        helper.make_node("ReduceL2", ["tfidf", "features"], ["norm"], keepdims=1),
        helper.make_node("Max", ["norm", "tiny"], ["safe_norm"]),
        helper.make_node("Div", ["tfidf", "safe_norm"], ["normalised"]),
        helper.make_node("MatMul", ["normalised", "weights"], ["evidence"]),
        helper.make_node("Add", ["evidence", "bias"], ["logits"]),
    ]
    constants: dict[str, NDArray[Any]] = {
        "one": np.ones((), np.float32),
        "tiny": np.full((), 1e-12, np.float32),
        "features": np.array([1], np.int64),
        "idf": idf.astype(np.float32),
        "weights": weights,
        "bias": bias,
    }
    graph = helper.make_graph(
        nodes,
        "tfidf",
        [helper.make_tensor_value_info("tokens", TensorProto.INT64, ["films", "tokens"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["films", weights.shape[1]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    return model.SerializeToString()  # type: ignore[no-any-return]

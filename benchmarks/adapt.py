"""Other genres learnt by adapt, from few films, against TF-IDF and the model with mapped names.

Run from the repository's root::

    python benchmarks/adapt.py BUNDLE CATALOGUE [--films 200 500]

CATALOGUE has genres by TMDB's names. Films are drawn from it at random; the rest are tested on. The
table is printed as Markdown: mean average precision over the genres that all can name, the mean of
three draws.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from posterplot.catalogue import read_catalogue
from posterplot.films import Film, GenreVocabulary
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.library.genre_names import genre_names
from posterplot.training.adapt.adapt import adapt

Floats = NDArray[np.float64]
_TESTED = 300  # films that are always tested on
_FEWEST = 5  # tested films of a genre


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--films", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--draws", type=int, default=3)
    given = parser.parse_args()
    base = load_bundle(given.bundle)
    films = [
        film
        for film in read_catalogue(given.catalogue, splits=False)
        if isinstance(film, Film) and film.overview and film.genres
    ]
    predictor = Predictor(base)
    print("| films | genres | adapt | model, mapped names | TF-IDF | seconds |")
    print("|--:|--:|--:|--:|--:|--:|")
    for number in given.films:
        rows = []
        for draw in range(given.draws):
            order = np.random.default_rng(draw).permutation(len(films))
            test = [films[n] for n in order[:_TESTED]]
            train = [films[n] for n in order[_TESTED : _TESTED + number]]
            rows.append(_compare(base, predictor, train, test))
        genres, *figures = np.mean(rows, axis=0)
        shown = (f"{value:.3f}" for value in figures[:3])
        print(f"| {len(train)} | {genres:.0f} | {' | '.join(shown)} | {figures[3]:.0f} |")


def _compare(
    base: Bundle, predictor: Predictor, train: Sequence[Film], test: Sequence[Film]
) -> tuple[float, ...]:
    """Return the number of genres, mAP of adapt, of mapped names and of TF-IDF, and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        adapted = adapt(base, train, Path(folder) / "bundle", "adapted")
        seconds = time.process_time() - began
        used, own = Predictor(adapted.bundle).logits(test)
    _, old = predictor.logits(used)
    names = genre_names("tmdb", base.manifest.genres)
    mapped = {genre: g for g, genre in enumerate(base.manifest.genres)}
    mapped |= {name: g for g, genre in enumerate(base.manifest.genres) for name in names(genre)}
    genres = adapted.bundle.manifest.genres
    targets = GenreVocabulary(genres).encode([film.genres for film in used])
    support = Counter(genre for film in used for genre in film.genres)
    shared = [g for g in genres if g in mapped and support[g] >= _FEWEST]
    columns = [genres.index(genre) for genre in shared]
    known = targets[:, columns]
    tfidf = _tfidf(train, used, shared)
    return (
        len(shared),
        _mean_precision(known, own[:, columns]),
        _mean_precision(known, old[:, [mapped[genre] for genre in shared]]),
        _mean_precision(known, tfidf),
        seconds,
    )


def _tfidf(train: Sequence[Film], test: Sequence[Film], genres: Sequence[str]) -> Floats:
    """Return the scores of a logistic regression on words and pairs of words."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    rows = vectors.fit_transform([film.overview or "" for film in train])
    tested = vectors.transform([film.overview or "" for film in test])
    targets = GenreVocabulary(tuple(genres)).encode([film.genres for film in train])
    fits = [
        LogisticRegression(C=10, class_weight="balanced", max_iter=1000).fit(rows, column)
        for column in targets.T
    ]
    return np.stack([fit.decision_function(tested) for fit in fits], axis=1)


def _mean_precision(targets: NDArray[np.float32], scores: NDArray[Any]) -> float:
    pairs = zip(targets.T, scores.T, strict=True)
    return float(np.mean([average_precision_score(t, s) for t, s in pairs]))


if __name__ == "__main__":
    main()

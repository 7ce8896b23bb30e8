"""Other genres learnt by adapt, from few films, against TF-IDF and the model with mapped names.

Run from the repository's root::

    python benchmarks/adapt.py BUNDLE CATALOGUE [--films 200 500] [--where vocabulary=tmdb]

CATALOGUE has genres by TMDB's names; "Sci-Fi" counts as "Science Fiction". With ``--where``
only rows with that value in that column are used. Films are drawn at random, and 300 others are
tested on. The table is printed as Markdown: mean average precision over the genres that all can
name and five tested films have, and seconds of a core for what adapt does beyond predicting the
films. Means of five draws, each with its lowest and highest value.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
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
from posterplot.inference.predictor import Predictor, features_output
from posterplot.library.genre_names import genre_names
from posterplot.training.adapt import adapt as adapting
from posterplot.training.adapt.adapt import adapt
from posterplot.training.adapt.graph import LOGITS

Floats = NDArray[np.float64]
Row = NDArray[np.float32]
_RENAMED = {"Sci-Fi": "Science Fiction"}
_TESTED = 300  # films that are always tested on
_FEWEST = 5  # tested films of a genre


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--films", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--where", default="", metavar="COLUMN=VALUE")
    given = parser.parse_args()
    column, _, value = given.where.partition("=")
    columns = {"label_source": column} if column else None
    base = load_bundle(given.bundle)
    films = [
        replace(film, genres=tuple(dict.fromkeys(_RENAMED.get(g, g) for g in film.genres)))
        for film in read_catalogue(given.catalogue, columns=columns, splits=False)
        if isinstance(film, Film) and film.overview and film.genres
        if not given.where or film.label_source == value
    ]
    # every film is predicted once, and not once in every draw
    predictor = _Remembering(base)
    adapting.Predictor = lambda bundle: predictor  # type: ignore[misc, assignment]
    began = time.process_time()
    predictor.outputs_of(films, [LOGITS, *map(features_output, predictor.features)])
    print(f"{len(films)} films, predicted in {time.process_time() - began:.0f} s of a core\n")
    print("| films | genres | adapt | model, mapped names | TF-IDF | seconds |")
    print("|--:|--:|--:|--:|--:|--:|")
    for number in given.films:
        rows = []
        for draw in range(given.draws):
            order = np.random.default_rng(draw).permutation(len(films))
            test = [films[n] for n in order[:_TESTED]]
            train = [films[n] for n in order[_TESTED : _TESTED + number]]
            rows.append(_compare(base, predictor, train, test))
        genres, *figures, seconds = zip(*rows, strict=True)
        shown = (f"{np.mean(x):.3f} ({min(x):.3f} to {max(x):.3f})" for x in figures)
        print(
            f"| {len(train)} | {np.mean(genres):.0f} | {' | '.join(shown)}"
            f" | {np.mean(seconds):.1f} |",
            flush=True,
        )


class _Remembering(Predictor):
    """Computes the outputs of every film once; films without posters are known by their texts."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self._known: dict[tuple[str, str | None], dict[str, Row]] = {}

    def outputs_of(
        self, films: Iterable[Film], outputs: Sequence[str]
    ) -> tuple[list[Film], dict[str, Row]]:
        films = list(films)
        new = [film for film in films if (film.title, film.overview) not in self._known]
        used, values = super().outputs_of(new, outputs)
        for n, film in enumerate(used):
            row = {name: values[name][n] for name in outputs}
            self._known[film.title, film.overview] = row
        kept = [film for film in films if (film.title, film.overview) in self._known]
        rows = [self._known[film.title, film.overview] for film in kept]
        return kept, {name: np.stack([row[name] for row in rows]) for name in outputs}


def _compare(
    base: Bundle, predictor: "_Remembering", train: Sequence[Film], test: Sequence[Film]
) -> tuple[float, ...]:
    """Return the number of genres, mAP of adapt, of mapped names and of TF-IDF, and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        adapted = adapt(base, train, Path(folder) / "bundle", "adapted")
        seconds = time.process_time() - began
        used, own = Predictor(adapted.bundle).logits(test)
    _, values = predictor.outputs_of(used, [LOGITS])
    old = values[LOGITS]
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

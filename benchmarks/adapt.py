"""Other genres learnt by adapt, from few films, against TF-IDF and the model with mapped names.

Run from the repository's root::

    python benchmarks/adapt.py BUNDLE CATALOGUE [--films 200 500] [--where vocabulary=tmdb]

CATALOGUE has genres by TMDB's names; "Sci-Fi" counts as "Science Fiction". With ``--where``
only rows with that value in that column are used. Films are drawn at random, and 300 others are
tested on. The table is printed as Markdown: mean average precision over the genres that all can
name and five tested films have, means of three draws with the lowest and highest value; and the
seconds of CPU time that ``adapt`` takes beyond predicting the films. Every film is predicted once;
each draw fits the linear model that ``adapt`` writes into the graph.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

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
from posterplot.training.adapt.adapt import MIN_FILMS_PER_GENRE, adapt
from posterplot.training.adapt.graph import LOGITS
from posterplot.training.adapt.linear import fit_linear

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_RENAMED = {"Sci-Fi": "Science Fiction"}
_TESTED = 300  # films that are always tested on
_MIN_TEST_FILMS = 5  # test films of a genre


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--films", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--where", default="", metavar="COLUMN=VALUE")
    arguments = parser.parse_args()
    column, _, value = arguments.where.partition("=")
    columns = {"label_source": column} if column else None
    films = [
        replace(film, genres=tuple(dict.fromkeys(_RENAMED.get(g, g) for g in film.genres)))
        for film in read_catalogue(arguments.catalogue, columns=columns, splits=False)
        if isinstance(film, Film) and film.overview and film.genres
        if not arguments.where or film.label_source == value
    ]
    base = load_bundle(arguments.bundle)
    read, outputs = _read(base, films)
    print("| films | genres | adapt | model, mapped names | TF-IDF | seconds |")
    print("|--:|--:|--:|--:|--:|--:|")
    for number in arguments.films:
        rows = []
        for draw in range(arguments.draws):
            order = np.random.default_rng(draw).permutation(len(read))
            test, train = order[:_TESTED], order[_TESTED : _TESTED + number]
            rows.append(_compare(base, read, outputs, train, test))
        seconds = _adapt(base, [read[n] for n in train])
        genres, *figures = zip(*rows, strict=True)
        shown = (f"{np.mean(x):.3f} ({min(x):.3f} to {max(x):.3f})" for x in figures)
        cells = [str(len(train)), f"{np.mean(genres):.0f}", *shown, f"{seconds:.1f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


def _read(base: Bundle, films: Sequence[Film]) -> tuple[list[Film], dict[str, Floats]]:
    """Return the films that can be read, with the features and logits of the model."""
    predictor = Predictor(base)
    names = {modality: features_output(modality) for modality in predictor.features}
    began = time.process_time()
    read, values = predictor.outputs_of(films, [LOGITS, *names.values()])
    seconds = time.process_time() - began
    print(f"{len(read)} films, predicted in {seconds:.0f} s of CPU time\n", flush=True)
    blocks = {str(modality): name for modality, name in names.items()} | {LOGITS: LOGITS}
    return read, {block: values[name].astype(np.float64) for block, name in blocks.items()}


def _compare(
    base: Bundle, films: Sequence[Film], outputs: Mapping[str, Floats], train: Places, test: Places
) -> tuple[float, ...]:
    """Return the number of genres, and mAP of adapt, of mapped names and of TF-IDF."""
    counts = Counter(genre for n in train for genre in films[n].genres)
    genres = tuple(sorted(g for g, n in counts.items() if n >= MIN_FILMS_PER_GENRE))
    targets = GenreVocabulary(genres).encode([film.genres for film in films]).astype(np.float64)
    present = {name: np.asarray(rows.any(axis=1)) for name, rows in outputs.items()}
    learned = fit_linear(
        {name: rows[train] for name, rows in outputs.items()},
        {name: rows[train] for name, rows in present.items()},
        targets[train],
        np.arange(len(train)),
    )
    own = learned.bias + sum(
        present[name][test, None] * (rows[test] @ learned.weights[name] + learned.present[name])
        for name, rows in outputs.items()
    )
    names = genre_names("tmdb", base.manifest.genres)
    mapped = {genre: g for g, genre in enumerate(base.manifest.genres)}
    mapped |= {name: g for g, genre in enumerate(base.manifest.genres) for name in names(genre)}
    shared = [
        g
        for g, genre in enumerate(genres)
        if genre in mapped and targets[test, g].sum() >= _MIN_TEST_FILMS
    ]
    known = targets[test][:, shared]
    old = outputs[LOGITS][test][:, [mapped[genres[g]] for g in shared]]
    tfidf = _tfidf([films[n] for n in train], [films[n] for n in test], targets[train][:, shared])
    return (
        len(shared),
        _mean_precision(known, own[:, shared]),
        _mean_precision(known, old),
        _mean_precision(known, tfidf),
    )


def _adapt(base: Bundle, train: Sequence[Film]) -> float:
    """Adapt a bundle; return the seconds that it takes beyond predicting the films."""
    predicting = 0.0
    of_class = Predictor.outputs_of

    def timed(*arguments: Any) -> Any:
        nonlocal predicting
        began = time.process_time()
        outputs = of_class(*arguments)
        predicting += time.process_time() - began
        return outputs

    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        with patch.object(Predictor, "outputs_of", timed):
            adapt(base, train, Path(folder) / "bundle", "adapted")
        return time.process_time() - began - predicting


def _tfidf(train: Sequence[Film], test: Sequence[Film], targets: Floats) -> Floats:
    """Return the scores of a logistic regression on words and pairs of words."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    rows = vectors.fit_transform([film.overview or "" for film in train])
    tested = vectors.transform([film.overview or "" for film in test])
    fits = [
        LogisticRegression(C=10, class_weight="balanced", max_iter=1000).fit(rows, column)
        for column in targets.T
    ]
    return np.stack([fit.decision_function(tested) for fit in fits], axis=1)


def _mean_precision(targets: Floats, scores: NDArray[Any]) -> float:
    pairs = zip(targets.T, scores.T, strict=True)
    return float(np.mean([average_precision_score(t, s) for t, s in pairs]))


if __name__ == "__main__":
    main()

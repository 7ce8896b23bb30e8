"""Measure how well the audit finds labels that were corrupted on purpose.

Run from the repository's root, with films on which the model was not trained::

    python benchmarks/audit.py CATALOGUE --split validation test [--model BUNDLE] [--seeds 20]

5 % of the labels of a split are corrupted: half of these are removed labels, half are
added ones. With k corruptions, precision is measured on the k most probable label errors and recall
on 3k. The audit's ranking is compared with that of cleanlab alone (self-confidence).
"""

import argparse
from pathlib import Path

import numpy as np
from cleanlab.multilabel_classification.rank import get_label_quality_scores_per_class
from numpy.typing import NDArray

from posterplot.audit.label_errors import (
    estimate_label_errors,
    label_error_probabilities,
    noise_rates,
)
from posterplot.catalogue import read_catalogue
from posterplot.films import Film, Prediction
from posterplot.inference.bundle import load_bundle, shipped_bundle
from posterplot.inference.predictor import Predictor

_SHARE = 0.05

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def main() -> None:
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--split", nargs="+", default=["test"])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    print("| films of | ranking | precision at k / base rate | recall at 3k | removed | added |")
    print("|---|---|---|---|---|---|")
    for split in arguments.split:
        labels, probabilities = predict(arguments.catalogue, split, arguments.model)
        figures, k = by_ranking(labels, probabilities, arguments.seeds)
        where = f"{split} ({len(labels)} films, k = {k})"
        for name, rows in figures.items():
            mean, deviation = np.mean(rows, axis=0), np.std(rows, axis=0)
            cells = [f"{mean[0]:.0f} ± {deviation[0]:.0f} times"]
            cells += [f"{m:.3f} ± {d:.3f}" for m, d in zip(mean[1:], deviation[1:], strict=True)]
            print(f"| {where} | {name} | {' | '.join(cells)} |", flush=True)
            where = ""


def by_ranking(
    labels: Bools, probabilities: Floats, seeds: int
) -> tuple[dict[str, list[tuple[float, float, float, float]]], int]:
    """Return the figures of each ranking and seed, and the number of corruptions."""
    names = (
        *("`audit`", "`audit --at-most 3`", "without the number of genres"),
        "cleanlab's self-confidence",
    )
    figures: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in names}
    for seed in range(seeds):
        noisy, wrong = corrupt(labels, seed)
        judged = noisy.any(axis=1)  # as audit does: it says nothing of films without a genre
        some, those = noisy[judged], probabilities[judged]
        lists = [np.flatnonzero(row).tolist() for row in some]
        scores = (
            estimate_label_errors(some, those)[1],
            estimate_label_errors(some, those, some.sum(axis=1) >= 3)[1],
            label_error_probabilities(some, those, noise_rates(some, those)),
            -get_label_quality_scores_per_class(lists, those),
        )
        for name, score in zip(names, scores, strict=True):
            whole = np.full(noisy.shape, -np.inf)
            whole[judged] = score
            figures[name].append(measure(whole, noisy, wrong))
    return figures, int(wrong.sum())


def predict(path: Path, split: str, model: Path | None) -> tuple[Bools, Floats]:
    """Return ``(N, G)`` labels and probabilities of the films of a split that have both."""
    predictor = Predictor(load_bundle(model or shipped_bundle()))
    genres = predictor.bundle.manifest.genres
    films = [f for f in read_catalogue(path) if isinstance(f, Film) and f.split == split]
    targets = {film.id: [genre in film.genres for genre in genres] for film in films}
    rows = [a for a in predictor.predict(films) if isinstance(a, Prediction) and any(targets[a.id])]
    labels = np.array([targets[a.id] for a in rows])
    return labels, np.array([[a.probabilities[genre] for genre in genres] for a in rows])


def corrupt(labels: Bools, seed: int) -> tuple[Bools, Bools]:
    """Return corrupted labels, and which of them are wrong: ``(N, G)`` both."""
    chance = np.random.default_rng(seed)
    total = round(_SHARE * labels.sum())
    places = []
    for value, count in ((True, total // 2), (False, total - total // 2)):
        among = np.argwhere(labels == value)
        places.append(among[chance.choice(len(among), count, replace=False)])
    rows, columns = np.concatenate(places).T
    wrong = np.zeros_like(labels)
    wrong[rows, columns] = True
    return labels ^ wrong, wrong


def measure(scores: Floats, noisy: Bools, wrong: Bools) -> tuple[float, float, float, float]:
    """Return precision at k relative to the base rate, and recall at 3k: all, removed, added."""
    order = np.argsort(-scores, axis=None, kind="stable")
    k = int(wrong.sum())
    first = np.zeros(wrong.size, bool)
    first[order[: 3 * k]] = True
    hits = first.reshape(wrong.shape) & wrong
    precision = float(wrong.ravel()[order[:k]].mean() / wrong.mean())
    removed, added = wrong & ~noisy, wrong & noisy
    return (
        precision,
        float(hits.sum() / k),
        float((hits & removed).sum() / removed.sum()),
        float((hits & added).sum() / added.sum()),
    )


if __name__ == "__main__":
    main()

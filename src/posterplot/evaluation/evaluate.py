"""Evaluate a bundle on a split, with the same predictor as ``predict``."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError, UsageError
from posterplot.evaluation.evaluation import (
    Bin,
    Evaluation,
    GenreRow,
    LabelledPredictions,
    Slice,
    figure,
)
from posterplot.evaluation.intervals import Resamples, interval
from posterplot.evaluation.metrics import Bools, Floats, measure, reliability
from posterplot.films import Film, Modality, Prediction, Split
from posterplot.inference.bundle import GRAPH, Bundle
from posterplot.inference.decisions import Rule
from posterplot.inference.predictor import Predictor


class Predicted(NamedTuple):
    """The films of a split that a bundle can read, with its predictions.

    Attributes:
        films: N films, without their posters.
        targets: ``(N, G)`` bool.
        probabilities: ``(N, G)`` float64.
        modalities: of each film, those that the bundle used.
        left_out: reason -> number of films that it cannot read.
        unread: reason -> number of these films of which it cannot read the poster or the overview.

    """

    films: list[Film]
    targets: Bools
    probabilities: Floats
    modalities: list[tuple[Modality, ...]]
    left_out: dict[str, int]
    unread: dict[str, int] = {}  # noqa: RUF012 - never changed

    def labelled(self, genres: tuple[str, ...]) -> LabelledPredictions:
        """Return the predictions and true genres, to be stored beside the evaluation."""
        return LabelledPredictions(
            [f.id for f in self.films], genres, self.targets, self.probabilities
        )


def predict_split(
    bundle: Bundle,
    dataset: Dataset,
    split: Split,
    advance: Callable[[int], None],
    only: Modality | None = None,
) -> Predicted:
    """Predict every film of a split that the bundle can read.

    Args:
        bundle: any.
        dataset: any.
        split: one that the dataset has.
        advance: called with 1 after each film, for progress.
        only: show the bundle only this modality; see :meth:`posterplot.films.Film.only`.

    Raises:
        UsageError: the bundle does not read the modality ``only``.
        DatasetError: the split is empty, or the bundle can read none of its films.

    """
    shows = (
        *bundle.modalities,
        *(m for m in bundle.manifest.decisions_by_modality if m == "title"),
    )
    if only is not None and only not in shows:
        raise UsageError(
            f"the model does not read {only}s",
            where="--only",
            hint=f"it reads {' and '.join(f'{m}s' for m in shows)}",
        )
    known: dict[str, Film] = {}
    left_out: Counter[str] = Counter()
    unread: Counter[str] = Counter()

    def remembered() -> Iterator[Film]:
        for film in dataset.films(split):
            if only is not None:
                shown = film.only(only)
                if shown is None:
                    left_out[f"the film has no {only}"] += 1
                    advance(1)
                    continue
            else:
                shown = film
            # the poster itself is not kept: all posters of a split need not fit in memory
            seen = None if shown.poster is None else b"present"
            known[film.id] = replace(shown, poster=seen, title=film.title)
            yield shown

    films: list[Film] = []
    rows: list[list[float]] = []
    modalities: list[tuple[Modality, ...]] = []
    for item in Predictor(bundle).predict(remembered()):
        if isinstance(item, Prediction):
            films.append(known.pop(item.id))
            rows.append(list(item.probabilities.values()))
            modalities.append(item.modalities)
        elif item.part == "film":
            left_out[item.reason] += 1
        else:
            unread[item.reason] += 1
        if isinstance(item, Prediction) or item.part == "film":
            advance(1)
    if not films:
        raise DatasetError(
            f"the model can read none of the films of {split}",
            where=dataset.path,
            hint=f"give films with {' or '.join(f'{m}s' for m in bundle.modalities)}",
        )
    targets = bundle.vocabulary.encode([film.genres for film in films]) > 0
    if not targets.any():
        raise DatasetError(
            f"no film of {split} has a genre that the model knows",
            where=dataset.path,
            hint=f"it knows {', '.join(bundle.manifest.genres)}",
        )
    return Predicted(films, targets, np.array(rows), modalities, dict(left_out), dict(unread))


def evaluate(bundle: Bundle, dataset: Dataset, split: Split, predicted: Predicted) -> Evaluation:
    """Measure the predictions of :func:`predict_split`.

    Returns:
        The evaluation, under the bundle's own rule of thresholds.

    """
    names = bundle.manifest.genres
    films, targets, probabilities, modalities, left_out, unread = predicted
    # of the most frequent modalities; films that lack one have their own thresholds
    decisions = bundle.manifest.decisions_for(Counter(modalities).most_common(1)[0][0])
    decided = decide(bundle, predicted, decisions.rule)
    measured = measure(targets, probabilities, decided, Resamples(len(films)))
    genre = measured.per_genre
    plain = np.ones((1, len(films)))
    rules = {
        rule: measure(targets, probabilities, decide(bundle, predicted, rule), plain).overall
        for rule in decisions.thresholds
    }
    shown = ("micro_precision", "micro_recall", "micro_f1", "macro_f1")
    unknown = Counter(g for film in films for g in film.genres if g not in names)
    return Evaluation(
        model=bundle.manifest.name,
        bundle=bundle.manifest.files[GRAPH],
        dataset=dataset.manifest.fingerprint,
        same_dataset=bundle.manifest.provenance.get("dataset") == dataset.manifest.fingerprint,
        split=split,
        films=len(films),
        left_out=left_out,
        unread=unread,
        absent_genres=tuple(n for n, s in zip(names, targets.sum(0), strict=True) if s == 0),
        unknown_genres=dict(sorted(unknown.items())),
        rule=decisions.rule,
        overall={name: figure(interval(values)) for name, values in measured.overall.items()},
        genres=tuple(
            GenreRow(
                genre=name,
                support=int(genre["support"][0, g]),
                threshold=decisions.thresholds[decisions.rule][g],
                precision=figure(interval(genre["precision"][:, g])),
                recall=figure(interval(genre["recall"][:, g])),
                f1=figure(interval(genre["f1"][:, g])),
                average_precision=figure(interval(genre["average_precision"][:, g])),
                ECE=float(genre["ECE"][0, g]),
            )
            for g, name in enumerate(names)
        ),
        operating_points={
            rule: {name: float(overall[name][0]) for name in shown}
            for rule, overall in rules.items()
        },
        reliability=tuple(Bin(**row) for row in reliability(targets, probabilities)),
        slices=tuple(_slices(films, targets, probabilities, decided)),
    )


def decide(bundle: Bundle, predicted: Predicted, rule: Rule | None = None) -> Bools:
    """Return ``(N, G)`` decisions, each film by the thresholds for the modalities used.

    Args:
        bundle: that predicted.
        predicted: N films and their predictions.
        rule: the bundle's own if None.

    """
    decided = np.zeros(predicted.probabilities.shape, dtype=bool)
    for pattern in set(predicted.modalities):
        rows = np.array([seen == pattern for seen in predicted.modalities])
        decisions = bundle.manifest.decisions_for(pattern)
        decided[rows] = decisions.decide(predicted.probabilities[rows], rule)
    return decided


def _slices(
    films: list[Film], targets: Bools, probabilities: Floats, decided: Bools
) -> Iterator[Slice]:
    groups: dict[tuple[str, str], list[int]] = {}
    for n, film in enumerate(films):
        decade = f"{film.year // 10 * 10}s" if film.year else "unknown"
        for by, value in (
            ("modalities", " + ".join(film.modalities)),
            ("decade", decade),
            ("genres", str(len(film.genres))),
        ):
            groups.setdefault((by, value), []).append(n)
    ordered = sorted(groups.items())
    weights = np.zeros((len(ordered), len(films)))
    for row, (_, members) in zip(weights, ordered, strict=True):
        row[members] = 1
    overall = measure(targets, probabilities, decided, weights).overall
    for s, ((by, value), members) in enumerate(ordered):
        yield Slice(
            by=by,
            value=value,
            films=len(members),
            micro_f1=_known(overall["micro_f1"][s]),
            macro_f1=_known(overall["macro_f1"][s]),
            mAP=_known(overall["mAP"][s]),
        )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

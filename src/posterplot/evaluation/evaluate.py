"""Evaluate a bundle on a split, with the same predictor as ``predict``."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from posterplot.dataset.reading import Dataset
from posterplot.dataset.text import clean_overview
from posterplot.errors import DatasetError, UsageError
from posterplot.evaluation.evaluation import (
    Bin,
    Evaluation,
    GenreRow,
    LabelledPredictions,
    Slice,
    metric_estimate,
)
from posterplot.evaluation.intervals import Resamples, percentile_interval
from posterplot.evaluation.metrics import Bools, Floats, measure, reliability
from posterplot.films import Film, FilmRecord, Modality, Prediction, Split
from posterplot.inference.bundle import GRAPH, Bundle
from posterplot.inference.decisions import Rule
from posterplot.inference.languages import language_of
from posterplot.inference.predictor import Predictor

_MAX_SOURCES = 20  # maximum number of label sources with a slice of their own


class SplitPredictions(NamedTuple):
    """The films of a split that a bundle can read, with its predictions.

    Attributes:
        films: N films.
        targets: ``(N, G)`` bool.
        probabilities: ``(N, G)`` float64.
        modalities: Modalities that the bundle used, for each film.
        left_out: Reason -> number of films that the bundle cannot read.
        unread: Reason -> number of these films whose poster or overview the bundle cannot read.
        languages: Film id -> ISO 639-1 code of the language of its overview, if it has one.

    """

    films: list[FilmRecord]
    targets: Bools
    probabilities: Floats
    modalities: list[tuple[Modality, ...]]
    left_out: dict[str, int]
    unread: dict[str, int]
    languages: dict[str, str]

    def labelled(self, genres: tuple[str, ...]) -> LabelledPredictions:
        """Return the predictions with the true genres, as they are stored beside the evaluation."""
        return LabelledPredictions(
            [f.id for f in self.films], genres, self.targets, self.probabilities
        )


def predict_split(
    bundle: Bundle,
    dataset: Dataset,
    split: Split,
    advance: Callable[[int], None],
    only: Modality | None = None,
) -> SplitPredictions:
    """Predict every film of a split that the bundle can read.

    Args:
        bundle: Any bundle.
        dataset: Any dataset.
        split: One that the dataset has.
        advance: Called with 1 after each film, for progress.
        only: Give the bundle only this modality; see :meth:`posterplot.films.Film.only`.

    Raises:
        UsageError: The bundle does not read the modality ``only``.
        DatasetError: The split is empty, or the bundle can read none of its films.

    """
    readable = bundle.modalities
    if "title" in bundle.manifest.decisions_by_modality:
        readable = (*readable, "title")
    if only is not None and only not in readable:
        raise UsageError(
            f"the model does not read {only}s",
            argument="only",
            hint=f"it reads {' and '.join(f'{m}s' for m in readable)}",
        )
    records: dict[str, FilmRecord] = {}
    left_out: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    languages: dict[str, str] = {}

    def inputs() -> Iterator[Film]:
        for film in dataset.films(split):
            reduced = film if only is None else film.only(only)
            if reduced is None:
                left_out[f"the film has no {only}"] += 1
                advance(1)
                continue
            # the film itself is not kept, because the posters of a split may not fit in memory
            records[film.id] = replace(reduced.record, title=film.title)
            if overview := clean_overview(reduced.overview):
                languages[film.id] = language_of(overview)
            yield reduced

    films: list[FilmRecord] = []
    rows: list[list[float]] = []
    modalities: list[tuple[Modality, ...]] = []
    for item in Predictor(bundle).predict(inputs()):
        if isinstance(item, Prediction):
            films.append(records.pop(item.id))
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
    return SplitPredictions(
        films, targets, np.array(rows), modalities, dict(left_out), dict(unread), languages
    )


def evaluate(
    bundle: Bundle, dataset: Dataset, split: Split, predictions: SplitPredictions
) -> Evaluation:
    """Evaluate the predictions of :func:`predict_split`.

    Returns:
        The evaluation, with the thresholds of the bundle's default rule.

    """
    names = bundle.manifest.genres
    films, targets, probabilities, modalities, left_out, unread, _ = predictions
    # thresholds are reported for the most frequent modalities; films with others have their own
    decisions = bundle.manifest.decisions_for(Counter(modalities).most_common(1)[0][0])
    decided = decide(bundle, predictions)
    measured = measure(targets, probabilities, decided, Resamples(len(films)))
    genre = measured.per_genre
    plain = np.ones((1, len(films)))
    by_rule = {
        rule: measure(targets, probabilities, decide(bundle, predictions, rule), plain).overall
        for rule in decisions.thresholds
    }
    reported = ("micro_precision", "micro_recall", "micro_f1", "macro_f1")
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
        overall={
            name: metric_estimate(percentile_interval(values))
            for name, values in measured.overall.items()
        },
        genres=tuple(
            GenreRow(
                genre=name,
                support=int(genre["support"][0, g]),
                threshold=decisions.thresholds[decisions.rule][g],
                precision=metric_estimate(percentile_interval(genre["precision"][:, g])),
                recall=metric_estimate(percentile_interval(genre["recall"][:, g])),
                f1=metric_estimate(percentile_interval(genre["f1"][:, g])),
                average_precision=metric_estimate(
                    percentile_interval(genre["average_precision"][:, g])
                ),
                ECE=float(genre["ECE"][0, g]),
            )
            for g, name in enumerate(names)
        ),
        operating_points={
            rule: {name: float(overall[name][0]) for name in reported}
            for rule, overall in by_rule.items()
        },
        reliability=tuple(Bin(**row) for row in reliability(targets, probabilities)),
        slices=tuple(_slices(predictions, decided)),
    )


def decide(bundle: Bundle, predictions: SplitPredictions, rule: Rule | None = None) -> Bools:
    """Return ``(N, G)`` decisions, by the thresholds for the modalities that each film has.

    Args:
        bundle: The bundle that made the predictions.
        predictions: Predictions for N films.
        rule: Threshold rule; the bundle's default rule if None.

    """
    decided = np.zeros(predictions.probabilities.shape, dtype=bool)
    for modalities in set(predictions.modalities):
        rows = np.array([used == modalities for used in predictions.modalities])
        decisions = bundle.manifest.decisions_for(modalities)
        decided[rows] = decisions.decide(predictions.probabilities[rows], rule)
    return decided


def _slices(predictions: SplitPredictions, decided: Bools) -> Iterator[Slice]:
    films, targets, probabilities, modalities, _, _, languages = predictions
    groups: dict[tuple[str, str], list[int]] = {}
    sources = Counter(film.label_source for film in films)
    named = {source for source, _ in sources.most_common(_MAX_SOURCES)}
    for n, film in enumerate(films):
        decade = f"{film.year // 10 * 10}s" if film.year else "unknown"
        source = film.label_source if film.label_source in named else "others"
        common = [
            ("modalities", " + ".join(modalities[n])),  # those that were used
            ("decade", decade),
            ("genres", str(len(film.genres))),
            ("language", languages.get(film.id, "none")),
        ]
        if set(sources) != {""}:
            common.append(("label_source", source or "unknown"))
        for by, value in common:
            groups.setdefault((by, value), []).append(n)
    ordered = sorted(groups.items(), key=lambda group: _order(*group[0]))
    weights = np.zeros((len(ordered), len(films)))
    for row, (_, members) in zip(weights, ordered, strict=True):
        row[members] = 1
    overall = measure(targets, probabilities, decided, weights).overall
    for s, ((by, value), members) in enumerate(ordered):
        yield Slice(
            by=by,
            value=value,
            films=len(members),
            micro_f1=_none_if_nan(overall["micro_f1"][s]),
            macro_f1=_none_if_nan(overall["macro_f1"][s]),
            mAP=_none_if_nan(overall["mAP"][s]),
            ECE=_none_if_nan(overall["ECE"][s]),
            expected_genres=float(probabilities[members].sum(1).mean()),
            true_genres=float(targets[members].sum(1).mean()),
        )


def _order(by: str, value: str) -> tuple[str, int, str]:
    """Return the sort key of a slice: numbers of genres by size, so that 10 follows 9."""
    return by, int(value) if value.isdecimal() else 0, value


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

"""The summary in five points, and what limits the figures; every sentence is computed."""

from posterplot.evaluation.evaluation import Figure, GenreRow
from posterplot.report.findings.claims import CheckedClaim, describe_claims
from posterplot.report.findings.gather import ReportData, Source
from posterplot.report.findings.input_comparison import (
    InputComparison,
    describe_fusion,
    describe_gap,
)
from posterplot.report.findings.ranking import FEWEST
from posterplot.wording import count, listing, percent

_READS = {
    "poster": "from the poster",
    "overview": "from the overview",
    "both": "from the poster and the overview",
}
# An expected calibration error up to this is good. Its interval cannot decide that: resampling
# films raises the error.
_CALIBRATED = 0.02


def describe_summary(
    data: ReportData, comparison: InputComparison | None, checked: list[CheckedClaim]
) -> list[str]:
    """Say what was predicted, how well, from which input, and how well it is calibrated."""
    sentences = [_task(data), _result(data.lead)]
    inputs = [describe_gap(comparison), *describe_fusion(comparison)[:1]] if comparison else []
    compared = " ".join(part for part in inputs if part)
    sentences.append(
        compared or "Posters and overviews are not compared, as only one of them was read."
    )
    sentences.append(describe_claims(checked))
    sentences.append(describe_calibration(data.lead))
    return sentences


def describe_caveats(data: ReportData) -> list[str]:
    """Say what a reader must know before believing the figures; often nothing."""
    sentences = []
    other = [s.run.name for s in data.sources if not s.evaluation.same_dataset]
    if other:
        names = listing(list(dict.fromkeys(other)))
        sentences.append(
            f"{names}: trained on another dataset, perhaps on some of these films. The figures may "
            "be too good."
        )
    if data.split == "train":
        sentences.append("These are training films: the models were fitted to them.")
    elif data.split != "test":
        sentences.append(
            f"These are {data.split} films, not test films: thresholds and epochs were chosen on "
            "them."
        )
    lead = data.lead.evaluation
    if lead.absent_genres:
        sentences.append(
            f"No {data.split} film is {listing(lead.absent_genres)}, so nothing can be said about "
            "it. Means over genres leave it out."
        )
    if lead.unknown_genres:
        named = [f"{genre} ({n})" for genre, n in lead.unknown_genres.items()]
        sentences.append(f"Genres of these films that no model knows: {listing(named)}.")
    return sentences


def describe_left_out(data: ReportData) -> list[str]:
    """Say which models could not predict all films; nothing if all could."""
    return [
        f"{source.name} did not predict {count(films, 'film')}: {reason}."
        for source in data.sources
        for reason, films in source.evaluation.left_out.items()
    ]


def describe_calibration(source: Source) -> str:
    """Say how far a model's probabilities can be trusted."""
    error = source.evaluation.overall["ECE"].value or 0
    verdict = (
        f"The probabilities of {source.name} can be trusted"
        if error <= _CALIBRATED
        else f"The probabilities of {source.name} need care"
    )
    # the error of single genres, too: the mean hides the worst
    worst = max(source.evaluation.genres, key=lambda row: row.ECE)
    return (
        f"{verdict}: they are off by {100 * error:.1f} percentage points on average over genres, "
        f"and by {100 * worst.ECE:.1f} for {worst.genre}, the worst."
    )


def describe_genres(source: Source) -> str:
    """Name the genres that a model ranks best and worst."""
    evaluation = source.evaluation
    rows = [row for row in evaluation.genres if row.support >= FEWEST]
    if not rows:
        return f"No genre has {FEWEST} films or more."

    def precision(row: GenreRow) -> float:
        return row.average_precision.value or 0.0

    best, worst = max(rows, key=precision), min(rows, key=precision)
    return (
        f"{source.name} ranks {best.genre} best (average precision {precision(best):.3f}) and "
        f"{worst.genre} worst ({precision(worst):.3f}), among genres of {FEWEST} films or more."
    )


def _task(data: ReportData) -> str:
    lead = data.lead
    films = lead.evaluation.films
    cardinality = lead.predicted.targets.sum() / films
    unseen = data.split == "test" and all(s.evaluation.same_dataset for s in data.sources)
    return (
        f"{lead.name} predicted the genres of {count(films, 'film')}"
        f"{' that no model was trained on' if unseen else ''} {_READS[lead.role]}. It knows "
        f"{count(len(data.genres), 'genre')}; a film has {cardinality:.1f} on average."
    )


def _result(lead: Source) -> str:
    overall = lead.evaluation.overall
    precision, recall = overall["micro_precision"].value, overall["micro_recall"].value
    return (
        f"{percent(precision or 0)} of the genres that it predicts are right, and it finds "
        f"{percent(recall or 0)} of the genres that the films have: micro-F1 "
        f"{_figure(overall['micro_f1'])}, macro-F1 {_figure(overall['macro_f1'])}, mAP "
        f"{_figure(overall['mAP'])}."
    )


def _figure(found: Figure) -> str:
    if found.value is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"

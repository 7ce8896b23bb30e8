"""Write the summary of a report, and caveats about its figures."""

from posterplot.evaluation.evaluation import GenreRow, MetricEstimate
from posterplot.report.findings.claims import CheckedClaim, describe_claims
from posterplot.report.findings.gather import EvaluatedModel, ReportData
from posterplot.report.findings.input_comparison import (
    InputComparison,
    describe_fusion,
    describe_gap,
)
from posterplot.report.findings.ranking import MIN_FILMS
from posterplot.wording import count, listing, percent

_READS = {
    "poster": "from the poster",
    "overview": "from the overview",
    "both": "from the poster and the overview",
}
# The largest expected calibration error that is called good. Its interval is not used, because
# resampling films raises the error.
_MAX_GOOD_ECE = 0.02


def describe_summary(
    data: ReportData, comparison: InputComparison | None, checked: list[CheckedClaim]
) -> list[str]:
    """State what was predicted, how well, from which inputs, and how well it is calibrated."""
    sentences = [_task(data), _result(data.main_model)]
    inputs = [describe_gap(comparison), *describe_fusion(comparison)[:1]] if comparison else []
    compared = " ".join(part for part in inputs if part)
    why = "only one of them was read" if comparison else "the models have no film in common"
    sentences.append(compared or f"Posters and overviews are not compared, as {why}.")
    sentences.append(describe_claims(checked))
    sentences.append(describe_calibration(data.main_model))
    return sentences


def describe_caveats(data: ReportData) -> list[str]:
    """State what limits the figures, such as evaluation on training films; often empty."""
    sentences = []
    other = [s.run.name for s in data.models if not s.evaluation.same_dataset]
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
    evaluation = data.main_model.evaluation
    if evaluation.absent_genres:
        sentences.append(
            f"No {data.split} film is {listing(evaluation.absent_genres)}: how well this is "
            "recognised cannot be measured. mAP and macro-F1 leave it out; ECE does not, because "
            "the probabilities of such a genre should be low."
        )
    if evaluation.unknown_genres:
        named = [f"{genre} ({n})" for genre, n in evaluation.unknown_genres.items()]
        sentences.append(f"Genres of these films that no model knows: {listing(named)}.")
    return sentences


def describe_left_out(data: ReportData) -> list[str]:
    """State which models could not predict all films; empty if all could."""
    return [
        f"{model.name} did not predict {count(films, 'film')}: {reason}."
        for model in data.models
        for reason, films in model.evaluation.left_out.items()
    ]


def describe_calibration(model: EvaluatedModel) -> str:
    """State how far a model's probabilities can be trusted."""
    error = model.evaluation.overall["ECE"].value or 0
    verdict = (
        f"The probabilities of {model.name} can be trusted"
        if error <= _MAX_GOOD_ECE
        else f"The probabilities of {model.name} need care"
    )
    # also report the worst genres, because the mean hides them
    worst = max(model.evaluation.genres, key=lambda row: row.ECE)
    return (
        f"{verdict}: they are off by {100 * error:.1f} percentage points on average over genres, "
        f"and by {100 * worst.ECE:.1f} for {worst.genre}, the worst."
    )


def describe_genres(model: EvaluatedModel) -> str:
    """Name the genres that a model ranks best and worst."""
    evaluation = model.evaluation
    rows = [row for row in evaluation.genres if row.support >= MIN_FILMS]
    if not rows:
        return f"No genre has {MIN_FILMS} films or more."

    def precision(row: GenreRow) -> float:
        return row.average_precision.value or 0.0

    best, worst = max(rows, key=precision), min(rows, key=precision)
    return (
        f"{model.name} ranks {best.genre} best (average precision {precision(best):.3f}) and "
        f"{worst.genre} worst ({precision(worst):.3f}), among genres of {MIN_FILMS} films or more."
    )


def _task(data: ReportData) -> str:
    model = data.main_model
    films = model.evaluation.films
    cardinality = model.predictions.targets.sum() / films
    unseen = data.split == "test" and all(s.evaluation.same_dataset for s in data.models)
    return (
        f"{model.name} predicted genres {_READS[model.inputs]} of {count(films, 'film')}"
        f"{', on which no model was trained' if unseen else ''}. It knows "
        f"{count(len(data.genres), 'genre')}; a film has {cardinality:.1f} on average."
    )


def _result(model: EvaluatedModel) -> str:
    overall = model.evaluation.overall
    precision, recall = overall["micro_precision"].value, overall["micro_recall"].value
    return (
        f"{percent(precision or 0)} of the genres that it predicts are right, and it finds "
        f"{percent(recall or 0)} of the genres that the films have: micro-F1 "
        f"{_with_interval(overall['micro_f1'])}, macro-F1 {_with_interval(overall['macro_f1'])}, "
        f"mAP {_with_interval(overall['mAP'])}."
    )


def _with_interval(found: MetricEstimate) -> str:
    if found.value is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"

"""The question and the answer in five lines, and what to beware of: every word computed."""

from posterplot.evaluation.evaluation import Figure
from posterplot.report.findings.claims import Judged, say_claims
from posterplot.report.findings.gather import Gathered, Source
from posterplot.report.findings.input_comparison import Comparison, say_fusion, say_gap
from posterplot.report.page.wording import count, listing, percent

_READS = {
    "poster": "its poster",
    "overview": "its overview",
    "both": "its poster and its overview",
}
# an expected calibration error up to this is good: 2 points in a hundred. Its interval would not
# do: resampling films raises it
_CALIBRATED = 0.02


def say_summary(
    gathered: Gathered, comparison: Comparison | None, judged: list[Judged]
) -> list[str]:
    """Say the question, how good the answer is, which input tells more, and what was confirmed."""
    lead = gathered.lead
    said = [_question(gathered), _answer(lead)]
    inputs = [say_gap(comparison), *say_fusion(comparison)[:1]] if comparison else []
    told = " ".join(part for part in inputs if part)
    said.append(told or "Posters and overviews are not compared: no model of each was named.")
    said.append(say_claims(judged))
    said.append(say_calibration(lead))
    return said


def say_caveats(gathered: Gathered) -> list[str]:
    """Say what a reader must know before believing the figures; nothing where all is well."""
    said = []
    strangers = [s.run.name for s in gathered.sources if not s.evaluation.same_dataset]
    if strangers:
        names = listing(list(dict.fromkeys(strangers)))
        said.append(
            f"{names}: trained on another dataset than this one, and perhaps on some of these "
            "films: the figures may be too good."
        )
    if gathered.split != "test":
        why = "the models learnt from these films" if gathered.split == "train" else "thresholds "
        why += "" if gathered.split == "train" else "and epochs were chosen on these films"
        said.append(f"These are films of {gathered.split}, not of test: {why}.")
    lead = gathered.lead.evaluation
    if lead.absent_genres:
        said.append(
            f"No film of {gathered.split} is {listing(lead.absent_genres)}: nothing can be said "
            "of it, and it is left out of means over genres."
        )
    if lead.unknown_genres:
        named = [f"{genre} ({n})" for genre, n in lead.unknown_genres.items()]
        said.append(f"Genres of these films that no model knows: {listing(named)}.")
    return said


def say_left_out(gathered: Gathered) -> list[str]:
    """Say which models could not be asked about all films; nothing where all could."""
    return [
        f"{source.name} was not asked about {count(films, 'film')}: {reason}."
        for source in gathered.sources
        for reason, films in source.evaluation.left_out.items()
    ]


def say_calibration(source: Source) -> str:
    """Say how far a model's probabilities can be taken at their word."""
    error = source.evaluation.overall["ECE"]
    well = (
        f"The probabilities of {source.name} can be taken at their word"
        if (error.value or 0) <= _CALIBRATED
        else f"Take the probabilities of {source.name} with care"
    )
    # a genre's own error, since the mean over genres hides the worst
    worst = max(source.evaluation.genres, key=lambda row: row.ECE)
    return (
        f"{well}: they are {100 * (error.value or 0):.1f} points in a hundred from the truth, the "
        f"mean over genres, and {100 * worst.ECE:.1f} for {worst.genre}, the worst."
    )


def _question(gathered: Gathered) -> str:
    lead = gathered.lead
    films = lead.evaluation.films
    cardinality = lead.predicted.targets.sum() / films
    unseen = "that no model has seen " if gathered.split == "test" else ""
    sure = all(s.evaluation.same_dataset for s in gathered.sources)
    return (
        f"Which genres is this film? {lead.name} was asked of {count(films, 'film')} "
        f"{unseen if sure else ''}and answered from {_READS[lead.role]}: any of "
        f"{count(len(gathered.genres), 'genre')}, of which a film has {cardinality:.1f}."
    )


def _answer(lead: Source) -> str:
    overall = lead.evaluation.overall
    precision, recall = overall["micro_precision"].value, overall["micro_recall"].value
    return (
        f"Of the genres that it names {percent(precision or 0)} are right, and of those that films "
        f"have it names {percent(recall or 0)}: micro-F1 {_figure(overall['micro_f1'])}, macro-F1 "
        f"{_figure(overall['macro_f1'])}, mAP {_figure(overall['mAP'])}."
    )


def _figure(found: Figure) -> str:
    if found.value is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"

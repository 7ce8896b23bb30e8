"""The lead model against the other models of a report, on the same films."""

from posterplot.evaluation.comparison import PairedComparison, compare
from posterplot.report.findings.gather import ReportData
from posterplot.report.page.wording import between, side


def compare_models(data: ReportData) -> dict[str, PairedComparison]:
    """Compare the lead model with each other model, with paired bootstrap intervals.

    Returns:
        Name of the other model -> lead less other, for those that have films in common.

    """
    lead = data.lead.predicted.labelled(data.genres)
    found = {}
    for source in data.sources:
        other = source.predicted.labelled(data.genres)
        if source.run is not data.lead.run and set(lead.ids) & set(other.ids):
            found[source.name] = compare(lead, other)
    return found


def describe_models(data: ReportData, comparisons: dict[str, PairedComparison]) -> list[str]:
    """Say which models the lead model ranks films better or worse than."""
    verb = {1: "better than", -1: "worse than", 0: "about as well as"}
    return [
        f"{data.lead.name} ranks films {verb[side(found.mAP)]} {name}: "
        f"{between(found.mAP, signed=True)} mAP on {found.films:,} films."
        for name, found in comparisons.items()
    ]

"""Compare the main model with the other models of a report, on the same films."""

from posterplot.evaluation.comparison import PairedComparison, compare
from posterplot.report.findings.gather import ReportData
from posterplot.report.page.wording import format_interval, sign


def compare_models(data: ReportData) -> dict[str, PairedComparison]:
    """Compare the main model with each other model, with paired bootstrap intervals.

    Returns:
        Name of the other model -> main model minus the other, if they have films in common.

    """
    main_model = data.main_model.predictions.labelled(data.genres)
    found = {}
    for model in data.models:
        other = model.predictions.labelled(data.genres)
        if model.run is not data.main_model.run and set(main_model.ids) & set(other.ids):
            found[model.name] = compare(main_model, other)
    return found


def describe_models(data: ReportData, comparisons: dict[str, PairedComparison]) -> list[str]:
    """State which models the main model ranks films better or worse than."""
    verdict = {1: "better than", -1: "worse than", 0: "neither clearly better nor worse than"}
    return [
        f"{data.main_model.name} ranks films {verdict[sign(found.mAP)]} {name}: "
        f"{format_interval(found.mAP, difference=True)} mAP on {found.films:,} films."
        for name, found in comparisons.items()
    ]

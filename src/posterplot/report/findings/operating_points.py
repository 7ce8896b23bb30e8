"""The rules of thresholds, and what each costs in recall."""

from posterplot.evaluation import Evaluation
from posterplot.inference.decisions import Rule
from posterplot.report.page.wording import listing, percent

NAMES: dict[Rule, str] = {
    "half": "0.5 everywhere",
    "global": "one threshold for all genres",
    "genre": "one threshold a genre",
}


def say_points(evaluation: Evaluation) -> list[str]:
    """Say which rule decides, and what each other gains and loses against it."""
    points = evaluation.operating_points
    own = points[evaluation.rule]
    most = max(points, key=lambda rule: points[rule]["micro_recall"])
    said = [
        f"This model decides by “{NAMES[evaluation.rule]}”: it finds "
        f"{percent(own['micro_recall'])} of the genres, and {percent(own['micro_precision'])} of "
        "what it names is right."
    ]
    for rule, point in points.items():
        if rule == evaluation.rule:
            continue
        recall = point["micro_recall"] - own["micro_recall"]
        precision = point["micro_precision"] - own["micro_precision"]
        changes = [
            f"{'gains' if change > 0 else 'costs'} {abs(100 * change):.1f} points of {name}"
            for change, name in ((recall, "recall"), (precision, "precision"))
            if round(abs(100 * change), 1) > 0
        ]
        told = listing(changes) if changes else "changes neither precision nor recall"
        said.append(f"The rule “{NAMES[rule]}” instead {told}.")
    if most != evaluation.rule:
        said.append(f"Who must miss least takes the rule “{NAMES[most]}”.")
    return said

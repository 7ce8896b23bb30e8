"""Compare the threshold rules: how they trade precision against recall."""

from posterplot.evaluation import Evaluation
from posterplot.inference.decisions import Rule
from posterplot.wording import listing, percent

RULES: dict[Rule, str] = {
    "half": "0.5 for every genre",
    "global": "one threshold for all genres",
    "genre": "one threshold per genre",
}


def describe_rules(evaluation: Evaluation) -> list[str]:
    """Name the rule in use, and say what each other rule gains and loses."""
    points = evaluation.operating_points
    own = points[evaluation.rule]
    most = max(points, key=lambda rule: (points[rule]["micro_recall"], rule == evaluation.rule))
    sentences = [
        f"The rule in use is “{RULES[evaluation.rule]}”. It finds {percent(own['micro_recall'])} "
        f"of the genres, and {percent(own['micro_precision'])} of the genres that it predicts are "
        "right."
    ]
    for rule, point in points.items():
        if rule == evaluation.rule:
            continue
        recall = point["micro_recall"] - own["micro_recall"]
        precision = point["micro_precision"] - own["micro_precision"]
        changes = [
            f"{'gains' if change > 0 else 'loses'} {abs(100 * change):.1f} points of {name}"
            for change, name in ((recall, "recall"), (precision, "precision"))
            if round(abs(100 * change), 1) > 0
        ]
        effect = listing(changes) if changes else "changes neither precision nor recall"
        sentences.append(f"The rule “{RULES[rule]}” {effect}.")
    if most != evaluation.rule:
        sentences.append(f"To miss as few genres as possible, use “{RULES[most]}”.")
    return sentences

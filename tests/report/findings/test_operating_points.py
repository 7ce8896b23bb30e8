from types import SimpleNamespace

from posterplot.report.findings.operating_points import describe_rules


def _evaluation(**points):
    return SimpleNamespace(
        rule="genre",
        operating_points={
            rule: {"micro_recall": recall, "micro_precision": precision}
            for rule, (recall, precision) in points.items()
        },
    )


def test_what_each_rule_gains_and_loses():
    own, half, same, best = describe_rules(
        _evaluation(half=(0.5, 0.75), **{"global": (0.8, 0.6), "genre": (0.7, 0.6)})
    )
    assert own == (
        "The rule in use is “one threshold per genre”. It finds 70 % of the genres, and 60 % of the"
        " genres that it predicts are right."
    )
    assert half == (
        "The rule “0.5 for every genre” loses 20.0 points of recall and gains 15.0 points of"
        " precision."
    )
    assert same == "The rule “one threshold for all genres” gains 10.0 points of recall."
    assert best == "To miss as few genres as possible, use “one threshold for all genres”."


def test_a_rule_that_changes_nothing():
    *_, last = describe_rules(_evaluation(half=(0.7, 0.6), genre=(0.7, 0.6)))
    assert last == "The rule “0.5 for every genre” changes neither precision nor recall."

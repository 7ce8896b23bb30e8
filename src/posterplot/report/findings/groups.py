"""Compare probabilities and labels by input, decade, language and source of the labels."""

from math import sqrt

from posterplot.evaluation.evaluation import Evaluation, Slice
from posterplot.inference.languages import language_name
from posterplot.wording import count

# The groupings, with their names in the report. The number of genres is left out: it is part of
# what is predicted, so probabilities cannot be calibrated within such a group.
GROUPED_BY = {
    "modalities": "input",
    "decade": "decade",
    "language": "language of the overview",
    "label_source": "source of the labels",
}
# With fewer films, the expected calibration error is mostly noise.
MIN_GROUP = 50


def group_rows(evaluation: Evaluation) -> list[Slice]:
    """Return the groups of films of a report, the largest of each kind first."""
    kinds = list(GROUPED_BY)
    found = [row for row in evaluation.slices if row.by in kinds]
    return sorted(found, key=lambda row: (kinds.index(row.by), -row.films, row.value))


def group_name(row: Slice) -> str:
    """Return what the films of a group have in common, as the report writes it."""
    if row.by != "language":
        return row.value
    return "no overview" if row.value == "none" else language_name(row.value)


def describe_groups(evaluation: Evaluation) -> list[str]:
    """State in which group of films the probabilities are farthest from the labels.

    Returns:
        A sentence, and what to do about it where they are more than a tenth off, and more than
        chance explains.

    """
    large = [
        (row, row.expected_genres, row.true_genres)
        for row in group_rows(evaluation)
        if row.films >= MIN_GROUP and row.expected_genres is not None and row.true_genres
    ]
    if not large:
        return [f"No group has {MIN_GROUP} films, so nothing is concluded about any."]
    row, expected, true = max(large, key=lambda one: abs(one[1] / one[2] - 1))
    finding = (
        f"Of the groups of at least {MIN_GROUP} films, the probabilities are farthest off for "
        f"{GROUPED_BY[row.by]} “{group_name(row)}” ({count(row.films, 'film')}): they add up to "
        f"{expected:.2f} genres per film, and {true:.2f} are listed."
    )
    # of right probabilities, the standard deviation of the number of labels is below this
    deviation = sqrt(expected / row.films)
    if abs(expected / true - 1) <= 0.1 or abs(expected - true) <= 2 * deviation:
        return [finding]
    advice = "posterplot calibrate fits the probabilities to such films, if you have 200 of them."
    return [finding, advice]

"""Compare posters, overviews and both, genre by genre."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from posterplot.evaluation.intervals import LEVEL, Interval, percentile_interval
from posterplot.evaluation.metrics import Floats
from posterplot.report.findings.gather import Inputs
from posterplot.report.findings.ranking import MIN_FILMS, Ranking
from posterplot.report.page.wording import format_interval, sign
from posterplot.wording import count, listing, percent


@dataclass(frozen=True, slots=True)
class GenreComparison:
    """The comparison of inputs for one genre.

    Args:
        genre: Name of the genre.
        support: Films that have it.
        chance: Average precision of a random order.
        precision: Inputs -> average precision.
        gap: Posters minus overviews; None unless both are known.
        fusion: Both inputs minus the better one; None unless all three are known.
        at_chance: Whether no single input ranks it above chance: no interval of its average
            precision minus chance is above 0.

    """

    genre: str
    support: int
    chance: float
    precision: dict[Inputs, Interval]
    gap: Interval | None
    fusion: Interval | None
    at_chance: bool

    @property
    def findings(self) -> list[str]:
        """Short findings: ``poster better``, ``both worse``, ``at chance``, … or none.

        A genre with fewer than ``MIN_FILMS`` films has the only finding ``few films``.
        """
        if self.support < MIN_FILMS:
            return ["few films"]
        gap = sign(self.gap) if self.gap else 0
        fusion = sign(self.fusion) if self.fusion else 0
        found = {
            "poster better": gap > 0,
            "overview better": gap < 0,
            "both better": fusion > 0,
            "both worse": fusion < 0,
            "at chance": self.at_chance,
        }
        return [finding for finding, holds in found.items() if holds]


@dataclass(frozen=True, slots=True)
class InputComparison:
    """The comparison of inputs for all genres, and for their mean.

    Args:
        names: Inputs -> name of the model.
        one_model: Whether the models are one model shown different inputs. If not, a difference
            is one of models as much as of inputs.
        films: Number of films that all models predicted.
        genres: Rows, one for each genre that one of the films has.
        mean: Inputs -> mean average precision.
        gap, fusion: See :class:`GenreComparison`; of the means over genres.

    """

    names: dict[Inputs, str]
    one_model: bool
    films: int
    genres: tuple[GenreComparison, ...]
    mean: dict[Inputs, Interval]
    gap: Interval | None
    fusion: Interval | None

    def genres_with(self, finding: str) -> list[str]:
        """Return the genres that have a finding of :attr:`GenreComparison.findings`."""
        return [row.genre for row in self.genres if finding in row.findings]


def compare_inputs(
    ranking: Ranking, names: Mapping[Inputs, str], *, one_model: bool
) -> InputComparison:
    """Compare the inputs; differences have paired bootstrap intervals.

    Args:
        ranking: Ranking by inputs.
        names, one_model: See :class:`InputComparison`.

    """
    known = [g for g, support in enumerate(ranking.support) if support]
    means = {inputs: _mean(values[:, known]) for inputs, values in ranking.precision.items()}
    rows = []
    for g in known:
        drawn = {inputs: values[:, g] for inputs, values in ranking.precision.items()}
        single = [drawn[inputs] for inputs in drawn if inputs != "both"] or list(drawn.values())
        rows.append(
            GenreComparison(
                genre=ranking.genres[g],
                support=ranking.support[g],
                chance=float(ranking.chance[0, g]),
                precision={inputs: percentile_interval(values) for inputs, values in drawn.items()},
                gap=_gap(drawn),
                fusion=_fusion(drawn),
                at_chance=all(
                    sign(percentile_interval(d - ranking.chance[:, g])) <= 0 for d in single
                ),
            )
        )
    return InputComparison(
        names=dict(names),
        one_model=one_model,
        films=ranking.films,
        genres=tuple(rows),
        mean={inputs: percentile_interval(values) for inputs, values in means.items()},
        gap=_gap(means),
        fusion=_fusion(means),
    )


def describe_inputs(comparison: InputComparison) -> list[str]:
    """State which input ranks which genres better, and which genres neither ranks above chance."""
    sentences = []
    few = [f"{row.genre} ({row.support})" for row in comparison.genres if row.support < MIN_FILMS]
    if comparison.gap is not None:
        sentences.append(describe_gap(comparison))
    if comparison.gap is not None and len(few) < len(comparison.genres):
        poster = comparison.genres_with("poster better")
        overview = comparison.genres_with("overview better")
        rest = len(comparison.genres) - len(poster) - len(overview) - len(few)
        sentences.append(
            f"Posters are better for {_genres(poster)}; overviews are better for "
            f"{_genres(overview)}. For {count(rest, 'other genre')} the interval of the difference "
            "contains 0, so these films do not settle it."
        )
    at_chance = comparison.genres_with("at chance")
    two = comparison.gap is not None
    if at_chance:
        sentences.append(
            f"{'Neither input clearly ranks' if two else 'The model does not clearly rank'} "
            f"{listing(at_chance)} better than a random order of the films does."
        )
    elif len(few) < len(comparison.genres):
        sentences.append(
            f"{'At least one input' if two else 'The model'} ranks "
            f"{'each of the other genres' if few else 'every genre'} better than a random order "
            "of the films does."
        )
    if few:
        sentences.append(
            f"Nothing is concluded about genres of fewer than {MIN_FILMS} films: {listing(few)}."
        )
    return sentences


def describe_gap(comparison: InputComparison) -> str:
    """State which input, or of two models which model, ranks films better over all genres."""
    gap = comparison.gap
    if gap is None:
        return ""
    poster, overview = comparison.mean["poster"].value, comparison.mean["overview"].value
    figures = (
        f"mAP {max(poster, overview):.3f} against {min(poster, overview):.3f}, a difference of "
        + format_interval(Interval(abs(gap.value), *sorted(np.abs([gap.low, gap.high]).tolist())))
    )
    undecided = (
        f"mAP {poster:.3f} and {overview:.3f}, a difference of "
        f"{format_interval(gap, difference=True)}"
    )
    if not comparison.one_model:
        posters, overviews = comparison.names["poster"], comparison.names["overview"]
        models = {
            1: f"{posters} (posters) ranks films better than {overviews} (overviews): {figures}.",
            -1: f"{overviews} (overviews) ranks films better than {posters} (posters): {figures}.",
            0: f"{posters} (posters) and {overviews} (overviews) do not differ clearly: "
            f"{undecided}.",
        }
        return (
            f"{models[sign(gap)]} This compares two models. What an input is worth is measured by "
            "one model that reads both."
        )
    if sign(gap) > 0:
        return f"Posters say more about genres than overviews: {figures}."
    if sign(gap) < 0:
        return f"Overviews say more about genres than posters: {figures}."
    return f"Posters and overviews do not differ clearly: {undecided}."


def describe_fusion(comparison: InputComparison) -> list[str]:
    """State how much both inputs improve on the better single input."""
    fusion = comparison.fusion
    if fusion is None:
        return []
    verb = {1: "is better than", -1: "is worse than", 0: "does not differ clearly from"}
    best = max(("poster", "overview"), key=lambda r: comparison.mean[r].value)  # type: ignore[index]
    better = comparison.genres_with("both better")
    worse = comparison.genres_with("both worse")
    return [
        f"Reading both {verb[sign(fusion)]} reading only {best}s, the better input: "
        f"{format_interval(fusion, difference=True)} mAP.",
        f"Reading both is better for {_genres(better)}, and worse for {_genres(worse)}.",
    ]


def describe_chance_findings(comparison: InputComparison) -> list[str]:
    """State how many of the differences of genres are expected by chance; empty without any."""
    intervals = sum(
        (row.gap is not None) + (row.fusion is not None)
        for row in comparison.genres
        if row.support >= MIN_FILMS
    )
    if not intervals:
        return []
    expected = intervals * (1 - LEVEL)
    return [
        f"Of {count(intervals, 'interval')} of {percent(LEVEL)} for single genres, about "
        f"{expected:.1f} would exclude 0 by chance if there were no difference at all: one genre "
        "that stands out proves little."
    ]


def _genres(genres: list[str]) -> str:
    return f"{listing(genres)} ({count(len(genres), 'genre')})" if genres else "no genre"


def _gap(drawn: Mapping[Inputs, Floats]) -> Interval | None:
    if "poster" not in drawn or "overview" not in drawn:
        return None
    return percentile_interval(drawn["poster"] - drawn["overview"])


def _fusion(drawn: Mapping[Inputs, Floats]) -> Interval | None:
    """Return both inputs minus the better one, which is chosen on the full sample."""
    if len(drawn) < 3:
        return None
    better = max(drawn["poster"], drawn["overview"], key=lambda values: float(values[0]))
    return percentile_interval(drawn["both"] - better)


def _mean(values: Floats) -> Floats:
    """Return the mean over genres; genres without films in a resample are left out."""
    return np.ma.filled(np.ma.masked_invalid(values).mean(axis=1), np.nan)

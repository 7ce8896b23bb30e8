"""Poster against overview against both, genre by genre, and what follows in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from posterplot.evaluation.intervals import LEVEL, Interval, interval
from posterplot.evaluation.metrics import Floats
from posterplot.report.findings.gather import Role
from posterplot.report.findings.ranking import Ranking
from posterplot.report.page.wording import between, count, listing, percent, side


@dataclass(frozen=True, slots=True)
class GenreComparison:
    """One genre, as either input tells it and as both do.

    Args:
        genre: its name.
        support: films that have it.
        chance: average precision of a random order.
        precision: role -> average precision.
        gap: of posters less of overviews; None unless both are known.
        fusion: of both less of the better input; None unless all three are known.
        unseen: whether neither input ranks it above chance: no interval of its average precision
            less chance lies above 0.

    """

    genre: str
    support: int
    chance: float
    precision: dict[Role, Interval]
    gap: Interval | None
    fusion: Interval | None
    unseen: bool

    @property
    def words(self) -> list[str]:
        """What stands out: ``poster wins``, ``overview wins``, ``both helps``, … or nothing."""
        wins = {1: "poster wins", -1: "overview wins", 0: ""}
        does = {1: "both helps", -1: "both hurts", 0: ""}
        found = [
            wins[side(self.gap)] if self.gap else "",
            does[side(self.fusion)] if self.fusion else "",
            "unseen" if self.unseen else "",
        ]
        return [word for word in found if word]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All genres, and their mean.

    Args:
        films: number that all were asked about.
        genres: a row for each genre that one of the films has.
        mean: role -> mean average precision.
        gap, fusion: as of a genre, of the means.

    """

    films: int
    genres: tuple[GenreComparison, ...]
    mean: dict[Role, Interval]
    gap: Interval | None
    fusion: Interval | None

    def named(self, which: str) -> list[str]:
        """Return the genres for which posters or overviews win, both help or hurt, or none see.

        Args:
            which: ``poster``, ``overview``, ``helps``, ``hurts`` or ``unseen``.

        """
        found = {
            "poster": [g for g in self.genres if g.gap and side(g.gap) > 0],
            "overview": [g for g in self.genres if g.gap and side(g.gap) < 0],
            "helps": [g for g in self.genres if g.fusion and side(g.fusion) > 0],
            "hurts": [g for g in self.genres if g.fusion and side(g.fusion) < 0],
            "unseen": [g for g in self.genres if g.unseen],
        }
        return [row.genre for row in found[which]]


def compare_roles(ranking: Ranking) -> Comparison:
    """Compare the inputs; differences have paired bootstrap intervals."""
    known = [g for g, support in enumerate(ranking.support) if support]
    means = {role: _mean(values[:, known]) for role, values in ranking.precision.items()}
    rows = []
    for g in known:
        drawn = {role: values[:, g] for role, values in ranking.precision.items()}
        lone = [drawn[role] for role in drawn if role != "both"] or list(drawn.values())
        rows.append(
            GenreComparison(
                genre=ranking.genres[g],
                support=ranking.support[g],
                chance=float(ranking.chance[0, g]),
                precision={role: interval(values) for role, values in drawn.items()},
                gap=_gap(drawn),
                fusion=_fusion(drawn),
                unseen=all(side(interval(d - ranking.chance[:, g])) <= 0 for d in lone),
            )
        )
    mean = {role: interval(values) for role, values in means.items()}
    return Comparison(ranking.films, tuple(rows), mean, _gap(means), _fusion(means))


def say_inputs(comparison: Comparison) -> list[str]:
    """Say where each input wins and where neither sees anything."""
    said = []
    if comparison.gap is not None:
        said.append(say_gap(comparison))
        poster, overview = comparison.named("poster"), comparison.named("overview")
        rest = len(comparison.genres) - len(poster) - len(overview)
        said.append(
            f"Posters tell more than overviews of {_of(poster)}; overviews tell more than posters "
            f"of {_of(overview)}. Of {count(rest, 'other genre')} the intervals reach both sides "
            "of 0: these films cannot tell."
        )
    unseen = comparison.named("unseen")
    two = comparison.gap is not None
    if unseen:
        said.append(
            f"{'Neither input sees' if two else 'The model does not see'} {listing(unseen)}: "
            "the interval of average precision is not above what a random order of the films "
            "reaches."
        )
    else:
        said.append(
            f"{'One input at least' if two else 'The model'} sees every genre: its average "
            "precision is above that of a random order of the films."
        )
    return said


def say_gap(comparison: Comparison) -> str:
    """Say which input ranks films better over all genres."""
    gap = comparison.gap
    if gap is None:
        return ""
    poster, overview = comparison.mean["poster"].value, comparison.mean["overview"].value
    figures = (
        f"mAP {max(poster, overview):.3f} against {min(poster, overview):.3f}, a difference of "
        + between(Interval(abs(gap.value), *sorted(np.abs([gap.low, gap.high]).tolist())))
    )
    if side(gap) > 0:
        return f"Posters tell more of genres than overviews: {figures}."
    if side(gap) < 0:
        return f"Overviews tell more of genres than posters: {figures}."
    return (
        "Whether posters or overviews tell more of genres cannot be said: "
        f"mAP {poster:.3f} and {overview:.3f}, posters less overviews {between(gap, signed=True)}."
    )


def say_fusion(comparison: Comparison) -> list[str]:
    """Say what reading both adds to the better input."""
    fusion = comparison.fusion
    if fusion is None:
        return []
    word = {1: "is better than", -1: "is worse than", 0: "cannot be told from"}[side(fusion)]
    best = max(("poster", "overview"), key=lambda r: comparison.mean[r].value)  # type: ignore[index]
    helps, hurts = comparison.named("helps"), comparison.named("hurts")
    return [
        f"Reading both {word} reading {best}s alone, the better input: "
        f"{between(fusion, signed=True)} mAP.",
        f"Genre by genre, it helps with {_of(helps)}, and hurts {_of(hurts)}.",
    ]


def say_chance(comparison: Comparison) -> str:
    """Say how many of the differences would show if there were none."""
    intervals, expected = len(comparison.genres), len(comparison.genres) * (1 - LEVEL)
    return (
        f"Of {count(intervals, 'interval')} of {percent(LEVEL)} about {expected:.1f} would miss 0 "
        "by chance if there were no difference at all: a lone genre that stands out proves little."
    )


def _of(genres: list[str]) -> str:
    return f"{listing(genres)} ({count(len(genres), 'genre')})" if genres else "no genre"


def _gap(drawn: Mapping[Role, Floats]) -> Interval | None:
    if "poster" not in drawn or "overview" not in drawn:
        return None
    return interval(drawn["poster"] - drawn["overview"])


def _fusion(drawn: Mapping[Role, Floats]) -> Interval | None:
    """Return both less the better input; which that is, the plain sample says once for all."""
    if len(drawn) < 3:
        return None
    better = max(drawn["poster"], drawn["overview"], key=lambda values: float(values[0]))
    return interval(drawn["both"] - better)


def _mean(values: Floats) -> Floats:
    """Return the mean over genres, those without a film in a resample left out."""
    return np.ma.filled(np.ma.masked_invalid(values).mean(axis=1), np.nan)

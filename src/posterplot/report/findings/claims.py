"""What the study claimed of posters and overviews, and whether these films bear it out.

A genre is *strong* in an input where that input ranks it better than it ranks the middle genre,
and *weak* where it ranks it worse. Average precision itself would not do as the measure: that of a
random order is the genre's share, so common genres would all be strong. What is compared is the
way from chance to a perfect order that was gone::

    skill = (average precision - chance) / (1 - chance)

and a genre's *lift* is its skill less the median of all genres in the same resample.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from posterplot.evaluation.intervals import Interval, interval
from posterplot.films import Modality
from posterplot.report.findings.ranking import Ranking
from posterplot.report.page.wording import count, listing, side


class Claim(NamedTuple):
    """What the study said of a genre in an input."""

    modality: Modality
    genre: str
    strength: Literal["strong", "weak"]


CLAIMS = (
    Claim("poster", "Action", "strong"),
    Claim("poster", "Animation", "strong"),
    Claim("poster", "Drama", "weak"),
    Claim("poster", "Documentary", "weak"),
    Claim("overview", "Romance", "strong"),
    Claim("overview", "Biography", "strong"),
    Claim("overview", "History", "strong"),
    Claim("overview", "Drama", "strong"),
    Claim("overview", "Action", "weak"),
    Claim("overview", "Sci-Fi", "weak"),
)

# held: the interval of the lift is on the claim's side of 0; refuted: on the other; undecided:
# it reaches both; not in this data: no film has the genre; not measured: no model reads the input.
Verdict = Literal["held", "refuted", "undecided", "not in this data", "not measured"]


class Judged(NamedTuple):
    """A claim and what became of it.

    Attributes:
        claim: what was said.
        verdict: what these films say.
        skill: of the genre; None where it was not measured.
        lift: its skill less the median genre's; likewise.

    """

    claim: Claim
    verdict: Verdict
    skill: Interval | None
    lift: Interval | None


def judge(rankings: Mapping[Modality, Ranking]) -> list[Judged]:
    """Judge every claim of the study.

    Args:
        rankings: of the inputs that some model reads, each with that input's average precision.

    """
    return [_judge(claim, rankings.get(claim.modality)) for claim in CLAIMS]


def _judge(claim: Claim, ranking: Ranking | None) -> Judged:
    if ranking is None:
        return Judged(claim, "not measured", None, None)
    support = dict(zip(ranking.genres, ranking.support, strict=True))
    if not support.get(claim.genre):
        return Judged(claim, "not in this data", None, None)
    known = [g for g, films in enumerate(ranking.support) if films]
    chance = ranking.chance[:, known]
    gone = ranking.precision[claim.modality][:, known] - chance
    # where every film has the genre there is no way to go
    skill = np.divide(gone, 1 - chance, out=np.zeros_like(gone), where=chance < 1)
    own = skill[:, [ranking.genres[g] for g in known].index(claim.genre)]
    middle = np.ma.median(np.ma.masked_invalid(skill), axis=1)  # type: ignore[no-untyped-call]
    lift = interval(own - np.ma.filled(middle, np.nan))
    on_side = side(lift) * (1 if claim.strength == "strong" else -1)
    verdicts: dict[int, Verdict] = {1: "held", -1: "refuted", 0: "undecided"}
    return Judged(claim, verdicts[on_side], interval(own), lift)


def say_claims(judged: list[Judged]) -> str:
    """Say in one sentence which claims held, which were refuted, and which stay open."""
    parts = []
    for verdict, word in (("held", "held"), ("refuted", "refuted"), ("undecided", "undecided")):
        found = [_short(j.claim) for j in judged if j.verdict == verdict]
        parts.append(f"{len(found)} {word}" + (f" ({listing(found)})" if found else ""))
    rest = sum(j.verdict.startswith("not") for j in judged)
    told = f"Of the study’s {count(len(judged), 'claim')} {', '.join(parts[:2])} and {parts[2]}"
    return told + (f"; {rest} cannot be judged here." if rest else ".")


def _short(claim: Claim) -> str:
    return f"{claim.genre} {claim.strength} in {claim.modality}s"

"""Check the claims of the study about posters and overviews on a dataset.

A genre is *strong* in an input if that input ranks it better than its median genre, and *weak* if
it ranks it worse. Average precision is not suitable for this: even a random order reaches the
genre's share, so all common genres would be strong. Genres are compared by how far the input gets
from a random to a perfect order::

    skill = (average precision - chance) / (1 - chance)

and a genre's *lift* is its skill minus the median of all genres in the same resample.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from posterplot.evaluation.intervals import Interval, percentile_interval
from posterplot.films import Modality
from posterplot.report.findings.ranking import MIN_FILMS, Ranking
from posterplot.report.page.wording import sign
from posterplot.wording import count, listing


class Claim(NamedTuple):
    """A claim of the study about one genre and one input."""

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

# held: the interval of the lift is on the claim's side of 0; refuted: on the other side; undecided:
# it contains 0; too few films: fewer than MIN_FILMS films have the genre; not measured: no model
# reads the input
Verdict = Literal["held", "refuted", "undecided", "too few films", "not measured"]


class CheckedClaim(NamedTuple):
    """A claim and its verdict.

    Attributes:
        claim: Claim of the study.
        verdict: Verdict on these films.
        skill: Skill for the genre; None if it was not measured.
        lift: Skill less that of the median genre; None if it was not measured.

    """

    claim: Claim
    verdict: Verdict
    skill: Interval | None
    lift: Interval | None


def check_claims(rankings: Mapping[Modality, Ranking]) -> list[CheckedClaim]:
    """Check every claim of the study.

    Args:
        rankings: Input -> ranking with its average precision, for each input that a model reads.

    """
    return [_check(claim, rankings.get(claim.modality)) for claim in CLAIMS]


def _check(claim: Claim, ranking: Ranking | None) -> CheckedClaim:
    if ranking is None:
        return CheckedClaim(claim, "not measured", None, None)
    support = dict(zip(ranking.genres, ranking.support, strict=True))
    if support.get(claim.genre, 0) < MIN_FILMS:
        return CheckedClaim(claim, "too few films", None, None)
    known = [g for g, films in enumerate(ranking.support) if films]
    chance = ranking.chance[:, known]
    gained = ranking.precision[claim.modality][:, known] - chance
    # if every film has the genre, every order is perfect
    skill = np.divide(gained, 1 - chance, out=np.zeros_like(gained), where=chance < 1)
    own = skill[:, [ranking.genres[g] for g in known].index(claim.genre)]
    middle = np.ma.median(np.ma.masked_invalid(skill), axis=1)  # type: ignore[no-untyped-call]
    lift = percentile_interval(own - np.ma.filled(middle, np.nan))
    on_side = sign(lift) * (1 if claim.strength == "strong" else -1)
    verdicts: dict[int, Verdict] = {1: "held", -1: "refuted", 0: "undecided"}
    return CheckedClaim(claim, verdicts[on_side], percentile_interval(own), lift)


def describe_claims(checked: list[CheckedClaim]) -> str:
    """State which claims held, were refuted, or are undecided."""
    parts = []
    for verdict in ("held", "refuted", "undecided"):
        found = [_short(c.claim) for c in checked if c.verdict == verdict]
        parts.append(f"{len(found)} {verdict}" + (f" ({listing(found)})" if found else ""))
    rest = len(checked) - sum(c.verdict in ("held", "refuted", "undecided") for c in checked)
    claims = f"{count(len(checked), 'claim')} of the study that posterplot grew from"
    sentence = f"Of {claims}, {listing(parts)}"
    return sentence + (f"; {rest} could not be checked on these films." if rest else ".")


def _short(claim: Claim) -> str:
    return f"{claim.genre} {claim.strength} in {claim.modality}s"

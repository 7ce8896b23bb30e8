from tests.report.sample_results import GENRES, predicted

from posterplot.report.findings.claims import CLAIMS, check_claims, describe_claims
from posterplot.report.findings.ranking import rank


def _verdicts(**strengths):
    ranking = rank(GENRES, {inputs: predicted(inputs, s) for inputs, s in strengths.items()})
    judged = check_claims({inputs: ranking for inputs in strengths if inputs != "both"})
    return {(j.claim.modality, j.claim.genre): j for j in judged}, describe_claims(judged)


def test_claims_hold_for_a_model_like_the_studys():
    middle = dict.fromkeys(GENRES, 0.4)
    as_claimed = {"Action": 0.9, "Animation": 0.9, "Drama": 0.0, "Documentary": 0.0}
    verdicts, description = _verdicts(poster=middle | as_claimed)
    assert {verdicts["poster", g].verdict for g in as_claimed} == {"held"}
    assert verdicts["overview", "Drama"].verdict == "not measured"
    assert description.startswith(
        "Of 10 claims of the study that posterplot grew from, 4 held (Action strong in posters, "
    )
    assert "0 refuted and 0 undecided; 6 could not be checked on these films." in description


def test_claims_are_refuted_by_the_opposite_model():
    middle = dict.fromkeys(GENRES, 0.4)
    opposite = {"Action": 0.0, "Animation": 0.0, "Drama": 0.9, "Documentary": 0.9}
    verdicts, description = _verdicts(poster=middle | opposite)
    assert {verdicts["poster", g].verdict for g in opposite} == {"refuted"}
    assert "0 held, 4 refuted (Action strong in posters, " in description


def test_claims_are_undecided_if_all_genres_are_equal():
    verdicts, description = _verdicts(poster={}, overview={})
    assert verdicts["poster", "Action"].verdict == "undecided"
    assert verdicts["poster", "Action"].lift.value == 0
    assert verdicts["overview", "Biography"].verdict == "too few films"
    assert "0 held, 0 refuted and 8 undecided" in description


def test_skill_is_the_share_of_the_way_from_chance_to_perfection():
    verdicts, _ = _verdicts(poster={})
    assert verdicts["poster", "Drama"].skill.value == 1.0
    ranking = rank(GENRES, {"poster": predicted("poster", {"Drama": 0.2})})
    (judged,) = (j for j in check_claims({"poster": ranking}) if j.claim[:2] == ("poster", "Drama"))
    precision, chance = (
        x[0, GENRES.index("Drama")] for x in (ranking.precision["poster"], ranking.chance)
    )
    assert judged.skill.value == (precision - chance) / (1 - chance)


def test_the_claims_are_those_of_the_study():
    genres = {(c.modality, c.strength): set() for c in CLAIMS}
    for claim in CLAIMS:
        genres[claim.modality, claim.strength].add(claim.genre)
    assert genres == {
        ("poster", "strong"): {"Action", "Animation"},
        ("poster", "weak"): {"Drama", "Documentary"},
        ("overview", "strong"): {"Romance", "Biography", "History", "Drama"},
        ("overview", "weak"): {"Action", "Sci-Fi"},
    }


def test_a_genre_that_every_film_has_cannot_be_ranked():
    predictions = predicted("poster", {})
    predictions.targets[:, GENRES.index("Drama")] = True
    judged = check_claims({"poster": rank(GENRES, {"poster": predictions})})
    (drama,) = (j for j in judged if j.claim[:2] == ("poster", "Drama"))
    assert drama.skill.value == 0


def test_resamples_without_a_genre_are_left_out():
    predictions = predicted("poster", {})
    predictions.targets[1:] = False  # of most resamples all genres are gone
    judged = check_claims({"poster": rank(GENRES, {"poster": predictions})})
    assert judged[0].verdict == "too few films"

from tests.report.made_up import GENRES, gathered

from posterplot.report.findings.summary import describe_caveats, describe_left_out, describe_summary
from posterplot.report.page.render import render

NOTHING = dict.fromkeys(GENRES, 0.0)


POSTERS_WIN = {"poster": {}, "overview": NOTHING, "both": dict.fromkeys(GENRES, 0.5)}


def test_five_lines():
    found = gathered(POSTERS_WIN)
    page = render(found, [])
    answer = page.split('id="summary"')[1].split("</ol>")[0]
    assert answer.count("<li>") == 5
    assert describe_summary(found, None, [])[2] == (
        "Posters and overviews are not compared, as the models have no film in common."
    )
    assert describe_summary(found, None, [])[0].startswith(
        "the-both predicted genres from the poster and the overview of 120 films, on which no model"
    )


def test_caveats():
    found = gathered({"poster": {}})
    assert describe_caveats(found) == []
    (model,) = found.models
    strange = model.evaluation.model_copy(
        update={
            "same_dataset": False,
            "left_out": {"no poster": 3},
            "absent_genres": ("War",),
            "unknown_genres": {"Noir": 2},
        }
    )
    object.__setattr__(model, "evaluation", strange)
    object.__setattr__(found, "split", "validation")
    said = " ".join(describe_caveats(found))
    assert "the-poster: trained on another dataset" in said
    assert "thresholds and epochs were chosen on them" in said
    assert describe_left_out(found) == ["the-poster did not predict 3 films: no poster."]
    assert "No validation film is War: how well this is recognised cannot be measured." in said
    assert "mAP and macro-F1 leave it out" in said
    assert "Noir (2)" in said
    assert "no model was trained on" not in describe_summary(found, None, [])[0]

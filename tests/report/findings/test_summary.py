from tests.report.sample_results import GENRES, gathered

from posterplot.report.findings.summary import describe_caveats, describe_left_out, describe_summary
from posterplot.report.page.render import render

NOTHING = dict.fromkeys(GENRES, 0.0)


POSTERS_WIN = {"poster": {}, "overview": NOTHING, "both": dict.fromkeys(GENRES, 0.5)}


def test_five_lines():
    report = gathered(POSTERS_WIN)
    page = render(report, [])
    answer = page.split('id="summary"')[1].split("</ol>")[0]
    assert answer.count("<li>") == 5
    assert describe_summary(report, None, [])[2] == (
        "Posters and overviews are not compared, as the models have no film in common."
    )
    assert describe_summary(report, None, [])[0].startswith(
        "the-both predicted genres from the poster and the overview of 120 films, on which no model"
    )


def test_caveats():
    report = gathered({"poster": {}})
    assert describe_caveats(report) == []
    (model,) = report.models
    strange = model.evaluation.model_copy(
        update={
            "same_dataset": False,
            "left_out": {"no poster": 3},
            "absent_genres": ("War",),
            "unknown_genres": {"Noir": 2},
        }
    )
    object.__setattr__(model, "evaluation", strange)
    object.__setattr__(report, "split", "validation")
    text = " ".join(describe_caveats(report))
    assert "the-poster: trained on another dataset" in text
    assert "thresholds and epochs were chosen on them" in text
    assert describe_left_out(report) == ["the-poster did not predict 3 films: no poster."]
    assert "No validation film is War: how well this is recognised cannot be measured." in text
    assert "mAP and macro-F1 leave it out" in text
    assert "Noir (2)" in text
    assert "no model was trained on" not in describe_summary(report, None, [])[0]

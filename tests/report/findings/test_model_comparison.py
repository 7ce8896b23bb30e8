from tests.report.sample_results import GENRES, gathered

from posterplot.report.findings.model_comparison import compare_models, describe_models

NOTHING = dict.fromkeys(GENRES, 0.0)


def test_the_main_model_is_compared_with_every_other():
    data = gathered({"poster": {}, "overview": NOTHING})
    main = data.main_model.name
    (other,) = (model.name for model in data.models if model is not data.main_model)
    comparisons = compare_models(data)
    assert list(comparisons) == [other]
    assert comparisons[other].films == 120
    better = data.main_model.inputs == "poster"
    assert (comparisons[other].mAP.value > 0) is better
    (sentence,) = describe_models(data, comparisons)
    verdict = "better than" if better else "worse than"
    assert sentence.startswith(f"{main} ranks films {verdict} {other}: ")
    assert sentence.endswith(" mAP on 120 films.")


def test_equal_models_are_not_clearly_better_or_worse():
    data = gathered({"poster": {}, "overview": {}})
    (sentence,) = describe_models(data, compare_models(data))
    assert " ranks films neither clearly better nor worse than " in sentence


def test_one_model_with_several_inputs_is_not_compared_with_itself():
    assert compare_models(gathered({"poster": {}, "overview": {}, "both": {}})) == {}

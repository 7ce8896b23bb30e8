import pytest
from tests.tiny_bundle import write_tiny_bundle

from posterplot.inference.bundle import load_bundle, shipped_bundle
from posterplot.inference.card import quality_in_words, read_card
from posterplot.inference.settings import with_settings


def _figures(precision, recall, films=615):
    overall = {"micro_precision": [precision, 0.1, 0.9], "micro_recall": [recall, 0.1, 0.9]}
    return {"films": films, "overall": {**overall, "mAP": [0.6, 0.5, 0.7]}, "genres": {}}


def _words(tmp_path, **provenance):
    return quality_in_words(write_tiny_bundle(tmp_path / "b", provenance=provenance).manifest)


def test_precision_and_recall_become_numbers_of_ten(tmp_path):
    figures = {
        "validation": _figures(0.1, 0.1),
        "test": _figures(0.6728, 0.7545, films=1615),
        "test, poster alone": _figures(0.96, 0.04),
    }
    assert _words(tmp_path, figures=figures) == (
        "On films like those measured (1,615 films that the model has not seen), about 7 of 10 "
        "genres named are right, and about 8 of 10 genres that a film has are named. With less to "
        "read:\n\n- poster alone: nearly all are right, and hardly any are named"
    )


def test_the_words_come_before_the_other_sections(tmp_path):
    bundle = write_tiny_bundle(tmp_path / "b", provenance={"figures": {"test": _figures(0.5, 0.5)}})
    card = read_card(bundle)
    assert card.startswith("# tiny\n\n## In short\n\nOn films like")
    assert "With less to read" not in card


@pytest.mark.parametrize(
    "provenance",
    [
        {},
        {"figures": {}},
        {"figures": {"validation": _figures(0.5, 0.5)}},
        {"figures": {"test": {"films": 9, "overall": {"mAP": [0.5, 0.4, 0.6]}}}},
        {"figures": {"test": _figures(None, 0.5)}},
        {"figures": {"test": _figures(float("nan"), 0.5)}},
        {"figures": ["test"]},
        {"figures": {"test": _figures(0.5, 0.5)}, "calibrated_from": "0123"},
    ],
)
def test_nothing_is_said_that_was_not_measured(tmp_path, provenance):
    assert _words(tmp_path, **provenance) == ""
    assert read_card(load_bundle(tmp_path / "b")) == "# tiny\n"


def test_other_thresholds_were_not_measured():
    shipped = load_bundle(shipped_bundle())
    card = read_card(shipped)
    assert card.index("# joint") < card.index("## In short") < card.index("## How good it is")
    assert card.count("of 10") == 8
    assert quality_in_words(with_settings(shipped, precision=0.9).manifest) == ""

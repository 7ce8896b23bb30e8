from pathlib import Path

import pytest

from posterplot.errors import UsageError
from posterplot.inference.bundle import Bundle, BundleManifest
from posterplot.inference.decisions import Decisions, Guarantees
from posterplot.inference.settings import settings_digest, with_settings


def _decisions(precision):
    return Decisions(
        calibration="none",
        scale=(1.0, 1.0),
        offset=(0.0, 0.0),
        thresholds={"half": (0.5, 0.5), "genre": (0.4, 0.3)},
        rule="genre",
        guarantees=Guarantees(
            films=450,
            confidence=0.9,
            levels=(0.8, 0.9, 0.95),
            precision=precision,
            recall=(0.2, 0.1, 0.05),
        ),
    )


@pytest.fixture
def bundle():
    manifest = BundleManifest(
        name="x",
        genres=("A", "B"),
        poster=None,
        overview=None,
        decisions=_decisions((0.6, 0.8, None)),
        decisions_by_modality={"poster": _decisions((0.7, None, None))},
        languages=("en",),
        provenance={},
        digest="d" * 64,
    )
    return Bundle(Path("nowhere"), manifest)


def test_a_guarantee_replaces_the_thresholds(bundle):
    decisions = with_settings(bundle, precision=0.9).manifest.decisions
    assert decisions.thresholds["genre"] == (0.8, 0.8)
    assert decisions.guarantee_text == (
        "at least 90 % of the predicted genres are right, with 90 % confidence, on films like the "
        "450 of validation"
    )
    recall = with_settings(bundle, recall=0.9).manifest.decisions
    assert recall.thresholds["genre"] == (0.1, 0.1)
    assert "true genres are predicted" in recall.guarantee_text


def test_inputs_without_a_guarantee_name_nothing(bundle):
    alone = with_settings(bundle, precision=0.9).manifest.decisions_by_modality["poster"]
    assert alone.thresholds["genre"] == (1.0, 1.0)
    assert alone.guarantee_text == (
        "no genre is predicted: from its poster alone, a precision of 0.9 cannot be guaranteed, "
        "but 0.8 can"
    )
    nothing = bundle.manifest.model_copy(
        update={"decisions_by_modality": {"poster": _decisions((None, None, None))}}
    )
    alone = with_settings(Bundle(Path("nowhere"), nothing), precision=0.9)
    text = alone.manifest.decisions_by_modality["poster"].guarantee_text
    assert text.endswith("a precision of 0.9 cannot be guaranteed")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"precision": 0.95}, "no threshold of this model is known to reach a precision of 0.95"),
        ({"precision": 0.7}, "there is no guarantee of 0.7"),
        ({"recall": 2.0}, "there is no guarantee of 2.0"),
        ({"precision": 0.9, "recall": 0.9}, "cannot both be guaranteed"),
    ],
)
def test_what_cannot_be_guaranteed_is_refused(bundle, settings, message):
    with pytest.raises(UsageError, match=message):
        with_settings(bundle, **settings)


def test_a_bundle_without_guarantees_says_how_to_get_them(bundle):
    plain = bundle.manifest.decisions.model_copy(update={"guarantees": None})
    older = Bundle(bundle.path, bundle.manifest.model_copy(update={"decisions": plain}))
    with pytest.raises(UsageError, match="posterplot calibrate"):
        with_settings(older, precision=0.9)


def test_settings_change_the_digest_of_outputs_and_nothing_else(bundle):
    assert settings_digest(with_settings(bundle)) == bundle.manifest.digest
    digests = {
        settings_digest(with_settings(bundle, **settings))
        for settings in ({}, {"precision": 0.9}, {"recall": 0.9}, {"any_language": True})
    }
    assert len(digests) == 4
    assert with_settings(bundle, any_language=True).manifest.languages == ()
    assert bundle.manifest.languages == ("en",)


def test_a_guarantee_is_not_stored(bundle):
    guaranteed = with_settings(bundle, precision=0.9).manifest.decisions
    assert "guarantee_text" not in guaranteed.model_dump()

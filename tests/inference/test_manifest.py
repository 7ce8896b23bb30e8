import json
import os

import pytest
from pydantic import ValidationError
from tests.inference.sealed import reseal

from posterplot.errors import BundleError
from posterplot.inference.bundle import MANIFEST, BundleManifest, load_bundle
from posterplot.inference.predictor import Predictor

DECISIONS = {
    "calibration": "none",
    "scale": (1.0, 1.0),
    "offset": (0.0, 0.0),
    "rule": "half",
    "thresholds": {"half": (0.5, 0.5)},
}
MANIFEST_OF_TWO = {
    "name": "x",
    "genres": ("A", "B"),
    "poster": None,
    "overview": None,
    "provenance": {},
    "decisions": DECISIONS,
}


@pytest.mark.parametrize(
    "change",
    [
        {"genres": ("A",)},
        {"genres": ("A", "A")},
        {"decisions": {"scale": (1.0,)}},
        {"decisions": {"offset": ()}},
        {"decisions": {"thresholds": {"half": (0.5,)}}},
        {"decisions": {"rule": "genre"}},
    ],
)
def test_a_manifest_whose_parts_do_not_agree(change):
    BundleManifest.model_validate(MANIFEST_OF_TWO)
    decisions = DECISIONS | change.get("decisions", {})
    with pytest.raises(ValidationError):
        BundleManifest.model_validate(MANIFEST_OF_TWO | change | {"decisions": decisions})


def test_the_decisions_of_a_film_follow_from_the_inputs_that_are_read():
    by_modality = {
        name: DECISIONS | {"offset": (n, n)} for n, name in enumerate(("poster", "title"))
    }
    manifest = BundleManifest(**MANIFEST_OF_TWO, decisions_by_modality=by_modality)
    poster, title = (manifest.decisions_by_modality[name] for name in ("poster", "title"))
    assert manifest.decisions_for(("poster",)) is poster
    assert manifest.decisions_for(("poster", "title")) is title
    assert manifest.decisions_for(("poster", "overview")) is manifest.decisions
    assert manifest.decisions_for(("overview",)) is manifest.decisions  # it has none of its own


STRANGE = {
    "format": [0, 99, 1e400, "4"],
    "name": ["", "\x1b[31m", "x" * 1000, None],
    "genres": [[], ["", "B", "C"], ["A", "A", "B"], ["\x1b]0;", "B", "C"], ["A"], "ABC"],
    "poster": [{"height": 0, "width": 8}, {"height": 10**9, "width": 8}, {"height": "x"}, 1, {}],
    "overview": [{"max_tokens": 0}, {"max_tokens": 10**12}, {"max_tokens": None}, [], None],
    "decisions": [
        {"scale": [0.0, 1.0, 1.0]},
        {"scale": [float("nan")] * 3},
        {"scale": [1e400] * 3},
        {"offset": [float("inf")] * 3},
        {"offset": ["x"] * 3},
        {"thresholds": {}},
        {"thresholds": {"half": [2.0] * 3}},
        {"thresholds": {"half": [-1.0] * 3}},
        {"thresholds": {"other": [0.5] * 3}},
        {"rule": "other"},
        {"calibration": "other"},
        {"more": 1},
    ],
    "decisions_by_modality": [{"sound": {}}, {"poster": {}}, []],
    "provenance": [[], {"figures": float("nan")}],
    "files": [
        {},
        {"../../etc/passwd": "0" * 64},
        {"/dev/zero": "0" * 64},
        {"a/b": "0" * 64},
        {"..": "0" * 64},
        {".hidden": "0" * 64},
        {"C:\\x": "0" * 64},
        {"weights.bin": "x"},
        {"pipe": "0" * 64},
        {"README.md": None},
    ],
    "more": [1],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in STRANGE.items() for value in values]
)
def test_every_strange_value_in_a_sealed_manifest_is_refused(runs, bundle, field, value):
    os.mkfifo(bundle / "pipe")  # would wait for ever if it were opened
    manifest = json.loads((bundle / MANIFEST).read_text())
    if field in ("decisions", "files"):
        manifest[field] |= value
        if value in ({}, {"README.md": None}):
            manifest[field].pop("README.md", None)
    else:
        manifest[field] = value
    reseal(bundle, manifest)
    with pytest.raises(BundleError) as refused:
        Predictor(load_bundle(bundle))
    assert "\n" not in str(refused.value)

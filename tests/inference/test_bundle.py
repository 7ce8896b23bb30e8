import hashlib
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from posterplot.errors import BundleError
from posterplot.inference.bundle import FORMAT, MANIFEST, BundleManifest, load_bundle, write_bundle
from posterplot.inference.decisions import Decisions


@pytest.fixture
def bundle(runs, tmp_path):
    return shutil.copytree(runs / "tiny-lstm" / "bundle", tmp_path / "bundle")


def test_a_run_can_be_used_as_its_bundle(runs):
    assert load_bundle(runs / "tiny-lstm").path == runs / "tiny-lstm" / "bundle"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "README.md"])
def test_a_missing_file(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: is missing"):
        load_bundle(bundle)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "README.md"])
def test_an_altered_file(bundle, name):
    with (bundle / name).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(BundleError, match=f"{name}: was altered"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", f'{{"format": {FORMAT}}}', '{"format": "2"}']
)
def test_a_damaged_manifest(bundle, text):
    (bundle / "bundle.json").write_text(text)
    with pytest.raises(BundleError, match="is damaged"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.update(name="other"),
        lambda manifest: manifest.pop("digest"),
        lambda manifest: manifest["poster"].update(height=8),
        lambda manifest: manifest["decisions"]["thresholds"].update(half=[0.0, 0.0, 0.0]),
    ],
)
def test_an_altered_manifest(runs, tmp_path, change):
    bundle = shutil.copytree(runs / "tiny-fusion" / "bundle", tmp_path / "bundle")
    manifest = json.loads((bundle / MANIFEST).read_text())
    change(manifest)
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=r"bundle.json: was altered"):
        load_bundle(bundle)


def test_white_space_in_the_manifest_is_ignored(bundle):
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps(manifest, sort_keys=True))
    assert load_bundle(bundle).manifest.genres


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
    decisions = {"calibration": "none", "scale": (1.0, 1.0), "offset": (0.0, 0.0), "rule": "half"}
    decisions |= {"thresholds": {"half": (0.5, 0.5)}}
    whole = {"name": "x", "genres": ("A", "B"), "poster": None, "overview": None, "provenance": {}}
    BundleManifest.model_validate(whole | {"decisions": decisions})
    wrong = whole | change | {"decisions": decisions | change.get("decisions", {})}
    with pytest.raises(ValidationError):
        BundleManifest.model_validate(wrong)


def test_paths_that_cannot_be_read(bundle, monkeypatch):
    with pytest.raises(BundleError, match=r"cannot be read .File name too long"):
        load_bundle(bundle / ("x" * 300))

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(BundleError, match=r"model.onnx: cannot be read .Permission denied"):
        load_bundle(bundle)


def test_an_older_format_says_so(bundle):
    manifest = json.loads((bundle / "bundle.json").read_text())
    (bundle / "bundle.json").write_text(json.dumps(manifest | {"format": 1}))
    with pytest.raises(BundleError, match=r"format 1, which .* no longer reads; train the model"):
        load_bundle(bundle)


def test_a_newer_format_says_so(bundle):
    manifest = json.loads((bundle / "bundle.json").read_text())
    (bundle / "bundle.json").write_text(json.dumps(manifest | {"format": 99, "more": 1}))
    with pytest.raises(BundleError, match=r"format 99.*install a newer posterplot"):
        load_bundle(bundle)


def test_a_folder_that_is_not_a_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match="is not a bundle"):
        load_bundle(tmp_path)


def test_a_bundle_is_written_and_read_back_equal(bundle, tmp_path):
    old = load_bundle(bundle)
    graph, tokenizer = old.graph.read_bytes(), old.tokenizer.read_text()
    new = write_bundle(
        tmp_path / "new", old.manifest, graph=graph, tokenizer=tokenizer, card="a card"
    )
    assert load_bundle(tmp_path / "new").manifest == new.manifest
    assert {p.name for p in tmp_path.iterdir()} == {"bundle", "new"}


IN_ASCII = """
import sys
from pathlib import Path
from posterplot.inference.bundle import load_bundle, write_bundle
old = load_bundle(Path(sys.argv[1]))
genres = ("Com\\xe9die", *old.manifest.genres[1:])
manifest = old.manifest.model_copy(update={"genres": genres})
write_bundle(Path(sys.argv[2]), manifest, graph=b"", tokenizer="", card="")
assert load_bundle(Path(sys.argv[2])).manifest.genres == genres
"""


def test_the_locale_does_not_matter(bundle, tmp_path):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", IN_ASCII, str(bundle), str(tmp_path / "new")]
    subprocess.run(command, env=os.environ | ascii_only, check=True)
    assert load_bundle(tmp_path / "new").manifest.genres[0] == "Comédie"


def test_decisions_by_hand():
    decisions = Decisions(
        calibration="platt",
        scale=(2.0, 1.0),
        offset=(0.0, -1.0),
        thresholds={"half": (0.5, 0.5), "genre": (0.8, 0.2)},
        rule="genre",
    )
    logits = np.array([[np.log(2), 0.0], [-1e4, 1e4]])
    probabilities = decisions.probabilities(logits)
    assert probabilities == pytest.approx(np.array([[4 / 5, 1 / (1 + np.e)], [0.0, 1.0]]))
    assert decisions.decide(probabilities - 1e-9).tolist() == [[False, True], [False, True]]
    assert decisions.decide(probabilities, "half").tolist() == [[True, False], [False, True]]


def test_a_bundle_of_the_last_format_is_read_and_has_no_features(bundle):
    manifest = json.loads((bundle / MANIFEST).read_text())
    del manifest["features"]
    manifest["format"] = 4
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    manifest["digest"] = hashlib.sha256(text.encode()).hexdigest()
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    assert load_bundle(bundle).manifest.features == {}

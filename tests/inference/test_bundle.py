import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from posterplot.errors import BundleError
from posterplot.films import Film
from posterplot.inference import bundle as bundle_module
from posterplot.inference.bundle import FORMAT, MANIFEST, BundleManifest, load_bundle, write_bundle
from posterplot.inference.decisions import Decisions
from posterplot.inference.predictor import Predictor


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


@pytest.mark.parametrize("given", ["run", "run/bundle"])
def test_a_run_without_a_bundle_says_how_to_continue(tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "config.toml").write_text("")
    with pytest.raises(BundleError) as caught:
        load_bundle(Path(given))
    assert str(caught.value) == (
        "run: this training is not finished; continue it with posterplot train run/config.toml "
        "--data DATASET --out run --resume"
    )


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
write_bundle(Path(sys.argv[2]), manifest, graph=b"", tokenizer="{}", card="")
assert load_bundle(Path(sys.argv[2])).manifest.genres == genres
"""


def test_the_locale_does_not_matter(bundle, tmp_path):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", IN_ASCII, str(bundle), str(tmp_path / "new")]
    subprocess.run(command, env=os.environ | ascii_only, check=True)
    assert load_bundle(tmp_path / "new").manifest.genres[0] == "Comédie"


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


def _reseal(bundle, manifest):
    """Write a manifest as a stranger would: with digests that are right."""
    manifest["digest"] = bundle_module._digest(manifest)
    (bundle / MANIFEST).write_text(json.dumps(manifest))


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
    _reseal(bundle, manifest)
    with pytest.raises(BundleError) as refused:
        Predictor(load_bundle(bundle))
    assert "\n" not in str(refused.value)


def _replace(bundle, name, content):
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / name).write_bytes(content)
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    _reseal(bundle, manifest)


@pytest.mark.parametrize("depth", [1, 4])
def test_a_tokenizer_that_makes_a_text_endless_is_refused(bundle, depth):
    tokenizer = json.loads((bundle / "tokenizer.json").read_bytes())
    longer = {
        "type": "Replace",
        "pattern": {"Regex": "."},
        "content": "xy" * (20 if depth == 1 else 2),
    }
    tokenizer["normalizer"] = {"type": "Sequence", "normalizers": [longer] * depth}
    _replace(bundle, "tokenizer.json", json.dumps(tokenizer).encode())
    with pytest.raises(BundleError, match=r"tokenizer.json: makes .* characters of one"):
        load_bundle(bundle)
    for content in (b"", b"[]", b"[" * 100_000, b'{"normalizer": 1}', b'{"normalizer": {}}'):
        _replace(bundle, "tokenizer.json", content)
        with pytest.raises(BundleError, match=r"tokenizer.json: is not a tokenizer"):
            load_bundle(bundle)


def test_a_graph_with_weights_in_another_file_is_refused(bundle):
    onnx = pytest.importorskip("onnx")
    model = onnx.load(bundle / "model.onnx")
    onnx.save(
        model,
        bundle / "model.onnx",
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    assert (bundle / "weights.bin").stat().st_size > 100
    _replace(bundle, "model.onnx", (bundle / "model.onnx").read_bytes())
    with pytest.raises(BundleError, match=r"model.onnx: keeps weights in another file"):
        load_bundle(bundle)


def test_a_graph_that_is_not_the_manifests_is_refused(runs, bundle):
    _replace(bundle, "model.onnx", (runs / "tiny-cnn" / "bundle" / "model.onnx").read_bytes())
    with pytest.raises(BundleError, match=r"model.onnx: does not have the inputs and outputs"):
        Predictor(load_bundle(bundle))


def test_a_graph_that_gives_no_numbers_is_refused(bundle):
    onnx = pytest.importorskip("onnx")
    model = onnx.load(bundle / "model.onnx")
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype == np.float32:
            broken = onnx.numpy_helper.from_array(np.full_like(values, np.nan), tensor.name)
            tensor.CopyFrom(broken)
    _replace(bundle, "model.onnx", model.SerializeToString())
    with pytest.raises(BundleError, match=r"model.onnx: gives values that are not numbers"):
        list(Predictor(load_bundle(bundle)).predict([Film("a", overview="A gun and a letter.")]))


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

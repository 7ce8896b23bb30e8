import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.inference.sealed import replace_file

from posterplot.errors import BundleError
from posterplot.films import Film
from posterplot.inference.bundle import FORMAT, MANIFEST, load_bundle, write_bundle
from posterplot.inference.predictor import Predictor


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
    with pytest.raises(BundleError, match="nowhere: no such folder; give a finished run"):
        load_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize("folder", ["run", "run/bundle"])
def test_a_run_without_a_bundle_says_how_to_continue(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "config.toml").write_text("")
    with pytest.raises(BundleError) as caught:
        load_bundle(Path(folder))
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


def test_a_graph_that_gives_no_numbers_is_refused(bundle):
    onnx = pytest.importorskip("onnx")
    model = onnx.load(bundle / "model.onnx")
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype == np.float32:
            broken = onnx.numpy_helper.from_array(np.full_like(values, np.nan), tensor.name)
            tensor.CopyFrom(broken)
    replace_file(bundle, "model.onnx", model.SerializeToString())
    with pytest.raises(BundleError, match=r"model.onnx: gives values that are not numbers"):
        list(Predictor(load_bundle(bundle)).predict([Film("a", overview="A gun and a letter.")]))


def test_a_bundle_of_the_last_format_is_read_and_has_no_features(bundle):
    manifest = json.loads((bundle / MANIFEST).read_text())
    del manifest["features"]
    manifest["format"] = 4
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    manifest["digest"] = hashlib.sha256(text.encode()).hexdigest()
    (bundle / MANIFEST).write_text(json.dumps(manifest))
    assert load_bundle(bundle).manifest.features == {}

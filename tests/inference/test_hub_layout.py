import filecmp
import json

import pytest
import yaml
from huggingface_hub import ModelCard, metadata_load

from posterplot.inference.bundle import load_bundle, shipped_bundle
from posterplot.inference.card import read_card
from posterplot.inference.hub_layout import card_metadata, write_hub_layout


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    out = tmp_path_factory.mktemp("hub") / "model"
    write_hub_layout(load_bundle(shipped_bundle()), out)
    return out


def test_the_metadata_are_what_the_hub_s_own_library_reads(repository):
    card = ModelCard.load(repository / "README.md")
    assert card.data.library_name == "posterplot"
    assert card.data.pipeline_tag == "image-classification"
    metrics = {result.metric_name: result.metric_value for result in card.data.eval_results}
    figures = load_bundle(shipped_bundle()).manifest.provenance["figures"]["test"]["overall"]
    assert metrics == {
        "mAP": figures["mAP"][0],
        "micro-F1": figures["micro_f1"][0],
        "macro-F1": figures["macro_f1"][0],
    }
    assert {result.dataset_split for result in card.data.eval_results} == {"test"}
    # what the library writes anew is what was read: no key is lost or unknown
    assert yaml.safe_load(str(card.data)) == metadata_load(repository / "README.md")


def test_the_card_and_the_bundle_are_whole(repository):
    bundle = shipped_bundle()
    text = (repository / "README.md").read_text()
    assert read_card(load_bundle(bundle)).strip() in text
    assert "posterplot predict films.csv --model FOLDER" in text
    names = [path.name for path in (repository / "bundle").iterdir()]
    assert set(names) == {path.name for path in bundle.iterdir()}
    _, mismatch, errors = filecmp.cmpfiles(bundle, repository / "bundle", names, shallow=False)
    assert (mismatch, errors) == ([], [])
    assert load_bundle(repository).path == repository / "bundle"


def test_a_model_without_results_and_with_an_odd_name():
    manifest = load_bundle(shipped_bundle()).manifest
    provenance = {k: v for k, v in manifest.provenance.items() if k != "figures"}
    plain = manifest.model_copy(update={"provenance": provenance, "poster": None})
    assert card_metadata(plain) == {
        "library_name": "posterplot",
        "pipeline_tag": "text-classification",
        "tags": ["multi-label-classification", "film-genres", "onnx", "reads-overviews"],
    }
    odd = manifest.model_copy(update={"name": 'a: "b"\n---\n'})
    name = card_metadata(odd)["model-index"][0]["name"]
    assert yaml.safe_load(json.dumps(name)) == odd.name

import json

import pytest
from tests.inference.sealed import replace_file

from posterplot.errors import BundleError
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor


@pytest.mark.parametrize("depth", [1, 4])
def test_a_tokenizer_that_makes_a_text_endless_is_refused(bundle, depth):
    tokenizer = json.loads((bundle / "tokenizer.json").read_bytes())
    longer = {
        "type": "Replace",
        "pattern": {"Regex": "."},
        "content": "xy" * (20 if depth == 1 else 2),
    }
    tokenizer["normalizer"] = {"type": "Sequence", "normalizers": [longer] * depth}
    replace_file(bundle, "tokenizer.json", json.dumps(tokenizer).encode())
    with pytest.raises(BundleError, match=r"tokenizer.json: makes .* characters of one"):
        load_bundle(bundle)
    for content in (b"", b"[]", b"[" * 100_000, b'{"normalizer": 1}', b'{"normalizer": {}}'):
        replace_file(bundle, "tokenizer.json", content)
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
    replace_file(bundle, "model.onnx", (bundle / "model.onnx").read_bytes())
    with pytest.raises(BundleError, match=r"model.onnx: keeps weights in another file"):
        load_bundle(bundle)


def test_a_graph_that_is_not_the_manifests_is_refused(runs, bundle):
    replace_file(bundle, "model.onnx", (runs / "tiny-cnn" / "bundle" / "model.onnx").read_bytes())
    with pytest.raises(BundleError, match=r"model.onnx: does not have the inputs and outputs"):
        Predictor(load_bundle(bundle))

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.tiny_bundle import graph

from posterplot.errors import BundleError
from posterplot.inference.session import open_session


def test_a_graph_runs_on_one_thread(tmp_path):
    (tmp_path / "model.onnx").write_bytes(graph())
    session = open_session(tmp_path / "model.onnx")
    assert session.get_session_options().intra_op_num_threads == 1
    inputs = {"tokens": np.array([[2, 3]]), "token_mask": np.array([[True, True]])}
    (logits,) = session.run(["logits"], inputs)
    assert logits.shape == (1, 3)
    assert logits[0].argmax() == 0  # "gun chase" are words of action


@pytest.mark.parametrize("content", [b"", b"no graph", None])
def test_a_file_that_is_no_graph_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BundleError, match=r"model\.onnx: ONNX Runtime cannot read it: ") as refused:
        open_session(path)
    assert "\n" not in str(refused.value)


def test_products_of_int8_are_exact_on_processors_without_vnni(tmp_path):
    # pairs of these products exceed the range of int16: 2 * 255 * 127 > 32,767
    weights = np.random.default_rng(0).choice([-128, 127], (64, 16)).astype(np.int8)
    features = np.random.default_rng(1).choice([0, 255], (8, 64)).astype(np.float32)
    (tmp_path / "model.onnx").write_bytes(_quantised_product(weights))
    session = open_session(tmp_path / "model.onnx")
    (product,) = session.run(["product"], {"features": features})
    assert np.array_equal(product, features.astype(np.int32) @ weights.astype(np.int32))
    # the product is exact without this entry where this processor has VNNI
    options = session.get_session_options()
    assert options.get_session_config_entry("session.x64quantprecision") == "1"


def _quantised_product(weights):
    """Return the graph of ``features @ weights`` with inputs that are quantised at run time."""
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["features"], ["quantised", "scale", "zero"]),
        helper.make_node("MatMulInteger", ["quantised", "weights", "zero"], ["product"]),
    ]
    graph = helper.make_graph(
        nodes,
        "product",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["films", len(weights)])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, ["films", weights.shape[1]])],
        [numpy_helper.from_array(weights, "weights")],
    )
    opset = [helper.make_opsetid("", 17)]
    model: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return model

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from posterplot.training.package.quantize import quantize

WORDS = 500  # of the graph


def _answers(graph, present):
    drawn = np.random.default_rng(0)
    session = onnxruntime.InferenceSession(graph)
    feed = {
        "posters": drawn.integers(0, 256, (40, 3, 48, 32), dtype=np.uint8),
        "poster_present": np.full(40, "poster" in present),
        "tokens": drawn.integers(2, WORDS, (40, 9)),
        "token_mask": np.full((40, 9), "overview" in present),
    }
    names = [node.name for node in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))


def test_the_hint_is_complete(bert_graph, caplog, capfd, tmp_path):
    quantize(bert_graph, tmp_path)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("present", [("poster",), ("overview",), ("poster", "overview")])
def test_quantised_logits_are_nearly_equal(bert_graph, present, tmp_path):
    before, after = _answers(bert_graph, present), _answers(quantize(bert_graph, tmp_path), present)
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert after[name].shape == value.shape
        assert np.abs(after[name] - value).mean() <= 0.05 * max(value.std(), 1e-6), name
    assert not np.array_equal(before["logits"], after["logits"])


def test_encoders_shrink_and_the_head_does_not(bert_graph, tmp_path):
    small = quantize(bert_graph, tmp_path)
    assert len(small) < 0.75 * len(bert_graph)

    def kinds(content, size):
        stored = onnx.load_model_from_string(content).graph.initializer
        return {tensor.data_type for tensor in stored if sorted(tensor.dims) == sorted(size)}

    assert kinds(bert_graph, (WORDS, 64)) == kinds(bert_graph, (64, 128)) == {TensorProto.FLOAT}
    assert kinds(small, (WORDS, 64)) <= {TensorProto.INT8, TensorProto.UINT8}
    assert kinds(small, (64, 128)) == {TensorProto.INT8}
    assert kinds(small, (16, 16)) == {TensorProto.FLOAT}


def test_a_head_over_convolutions_alone_stays_in_float32(tmp_path):
    head = numpy_helper.from_array(np.ones((4, 3), np.float32), "head.weight")
    filters = numpy_helper.from_array(np.ones((4, 3, 2, 2), np.float32), "filters")
    nodes = [
        helper.make_node("Conv", ["posters", "filters"], ["cells"]),
        helper.make_node("ReduceMean", ["cells"], ["features"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["features", "head.weight"], ["logits"]),
    ]
    nodes[-1].metadata_props.add(key="pkg.torch.onnx.name_scopes", value="['', 'network.head']")
    graph = helper.make_graph(
        nodes,
        "poster",
        [helper.make_tensor_value_info("posters", TensorProto.FLOAT, ["films", 3, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["films", 3])],
        [head, filters],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    small = onnx.load_model_from_string(quantize(model.SerializeToString(), tmp_path))
    kinds = {tensor.name: tensor.data_type for tensor in small.graph.initializer}
    assert kinds == {"head.weight": TensorProto.FLOAT, "filters_half": TensorProto.FLOAT16}

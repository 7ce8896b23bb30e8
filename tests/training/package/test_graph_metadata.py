import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from posterplot.training.package.graph_metadata import without_metadata

SECRET = "/home/somebody/network.py"


def branch(value):
    """A graph without inputs that returns a constant."""
    tensor = helper.make_tensor("c", TensorProto.FLOAT, [1], [value])
    node = helper.make_node("Constant", [], ["y"], value=tensor, doc_string=SECRET)
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    return helper.make_graph([node], "branch", [], [output], doc_string=SECRET)


def test_nothing_but_the_computation_remains():
    node = helper.make_node("If", ["x"], ["z"], then_branch=branch(1.0), else_branch=branch(2.0))
    entry = node.metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.stack_trace", SECRET
    graph = helper.make_graph(
        [node],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.BOOL, [], doc_string=SECRET)],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    before = model.SerializeToString()
    assert before.count(SECRET.encode()) == 6
    after = without_metadata(before)
    assert SECRET.encode() not in after
    onnx.checker.check_model(onnx.load_model_from_string(after))
    session = onnxruntime.InferenceSession(after, providers=["CPUExecutionProvider"])
    for value, expected in ((True, 1.0), (False, 2.0)):
        assert session.run(None, {"x": np.array(value)})[0].item() == expected


def test_the_graph_of_a_run_names_no_source_file(joint_run):
    assert b".py" not in (joint_run / "bundle/model.onnx").read_bytes()

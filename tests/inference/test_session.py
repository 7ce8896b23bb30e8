import numpy as np
import pytest
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

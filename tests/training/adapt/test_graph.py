import numpy as np
import onnx
import onnxruntime
import pytest
from tests.tiny_bundle import WIDTH, graph

from posterplot.training.adapt.graph import linear_graph
from posterplot.training.adapt.linear import Linear

RNG = np.random.default_rng(0)
NEW = Linear(  # two genres, from the three of the graph and its features
    weights={"overview": RNG.normal(size=(WIDTH, 2)), "logits": RNG.normal(size=(3, 2))},
    present={"overview": np.array([10.0, -20.0]), "logits": np.array([0.5, 0.25])},
    bias=np.array([1.0, 2.0]),
    held_out=np.zeros((0, 2)),
    strengths=np.ones(2),
)
INPUTS = {
    "tokens": np.array([[2, 7, 11], [3, 0, 0], [0, 0, 0]]),
    "token_mask": np.array([[True, True, True], [True, False, False], [False, False, False]]),
}


@pytest.fixture(scope="module")
def outputs():
    """The outputs of the old graph and of the new one, by name."""
    results = []
    for content in (graph(), linear_graph(graph(), NEW)):
        session = onnxruntime.InferenceSession(content)
        names = [node.name for node in session.get_outputs()]
        results.append(dict(zip(names, session.run(names, INPUTS), strict=True)))
    return results


def test_the_logits_are_linear_in_the_features_and_the_old_logits(outputs):
    old, new = outputs
    present = np.array([[1.0], [1.0], [0.0]])  # the last film has no overview
    expected = (
        old["overview_features"] @ NEW.weights["overview"]
        + old["logits"] @ NEW.weights["logits"]
        + present * NEW.present["overview"]
        + NEW.present["logits"]
        + NEW.bias
    )
    assert new["logits"] == pytest.approx(expected, abs=1e-4)


def test_the_evidence_is_that_of_the_parts_and_of_the_old_logits(outputs):
    old, new = outputs
    expected = np.einsum("btd,dg->bgt", old["overview_parts"], NEW.weights["overview"])
    expected += np.einsum("bht,hg->bgt", old["overview_evidence"], NEW.weights["logits"])
    assert new["overview_evidence"] == pytest.approx(expected, abs=1e-4)


def test_features_and_parts_stay_as_they_are(outputs):
    old, new = outputs
    assert set(new) == set(old)
    for name in ("overview_features", "overview_parts"):
        assert (new[name] == old[name]).all()


def test_the_graph_declares_its_shapes():
    declared = {
        output.name: [d.dim_value or d.dim_param for d in output.type.tensor_type.shape.dim]
        for output in onnx.load_model_from_string(linear_graph(graph(), NEW)).graph.output
    }
    assert declared == {
        "logits": ["films", 2],
        "overview_features": ["films", WIDTH],
        "overview_parts": ["films", "tokens", WIDTH],
        "overview_evidence": ["films", 2, "tokens"],
    }

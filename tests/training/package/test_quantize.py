import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import transformers
from onnx import TensorProto

from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import AttentionHead, GenreNetwork, PosterCNN, TransformerEncoder
from posterplot.training.package.export import export_network
from posterplot.training.package.quantize import quantize

WORDS = 500


@pytest.fixture(scope="module")
def graph():
    torch.manual_seed(0)
    config = transformers.BertConfig(
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=128,
        vocab_size=WORDS,
        max_position_embeddings=32,
    )
    poster = PosterCNN([16, 32], 0.2)
    overview = TransformerEncoder(transformers.BertModel(config))
    head = AttentionHead(poster.width, 64, width=16, heads=2, genres=5, dropout=0.2)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return export_network(
        GenreNetwork(poster, overview, head).eval(),
        poster=PosterInput(height=48, width=32),
        overview=OverviewInput(max_tokens=20),
    )


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


def test_the_hint_is_complete(graph, caplog, capfd, tmp_path):
    quantize(graph, tmp_path)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("present", [("poster",), ("overview",), ("poster", "overview")])
def test_quantised_logits_are_nearly_equal(graph, present, tmp_path):
    before, after = _answers(graph, present), _answers(quantize(graph, tmp_path), present)
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert after[name].shape == value.shape
        assert np.abs(after[name] - value).mean() <= 0.05 * max(value.std(), 1e-6), name
    assert not np.array_equal(before["logits"], after["logits"])


def test_encoders_shrink_and_the_head_does_not(graph, tmp_path):
    small = quantize(graph, tmp_path)
    assert len(small) < 0.75 * len(graph)

    def kinds(content, size):
        stored = onnx.load_model_from_string(content).graph.initializer
        return {tensor.data_type for tensor in stored if sorted(tensor.dims) == sorted(size)}

    assert kinds(graph, (WORDS, 64)) == kinds(graph, (64, 128)) == {TensorProto.FLOAT}
    assert kinds(small, (WORDS, 64)) <= {TensorProto.INT8, TensorProto.UINT8}
    assert kinds(small, (64, 128)) == {TensorProto.INT8}
    assert kinds(small, (16, 16)) == {TensorProto.FLOAT}

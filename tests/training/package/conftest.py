import pytest
import torch
import transformers

from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import AttentionHead, GenreNetwork, PosterCNN, TransformerEncoder
from posterplot.training.package.export import export_network


@pytest.fixture(scope="session")
def bert_network() -> GenreNetwork:
    """A network of posters of 48 x 32 and overviews of up to 32 tokens of 500."""
    torch.manual_seed(0)
    config = transformers.BertConfig(
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=128,
        vocab_size=500,
        max_position_embeddings=32,
    )
    poster = PosterCNN([16, 32], 0.2)
    overview = TransformerEncoder(transformers.BertModel(config))
    head = AttentionHead(poster.width, 64, width=16, heads=2, genres=5, dropout=0.2)
    for parameter in head.parameters():  # heads begin by saying little: make them speak
        torch.nn.init.normal_(parameter, std=0.5)
    return GenreNetwork(poster, overview, head).eval()


@pytest.fixture(scope="session")
def bert_graph(bert_network, made_once) -> bytes:
    """The graph of this network."""

    def make(folder):
        poster, overview = PosterInput(height=48, width=32), OverviewInput(max_tokens=20)
        graph = export_network(bert_network, poster=poster, overview=overview)
        (folder / "model.onnx").write_bytes(graph)

    return (made_once("bert-graph", make) / "model.onnx").read_bytes()

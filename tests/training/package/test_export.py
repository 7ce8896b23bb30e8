"""The graph says what the network says: every encoder, every head, every missing modality."""

import numpy as np
import onnxruntime
import pytest
import timm
import torch
import transformers

from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import (
    AttentionHead,
    GatedHead,
    GenreNetwork,
    MeanHead,
    OverviewLSTM,
    PooledHead,
    PosterCNN,
    TimmEncoder,
    TransformerEncoder,
    TransformerLSTM,
)
from posterplot.training.package.export import check_export, export_network

GENRES, WORDS = 5, 40
SIZE = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "vocab_size": WORDS,
    "max_position_embeddings": 64,
}


def poster_encoder(name):
    if name == "cnn":
        return PosterCNN([4, 8], 0.2)
    if name == "convolutions":
        model = timm.create_model("test_efficientnet", num_classes=0)
    elif name == "transformer":
        model = timm.create_model("test_vit", num_classes=0, img_size=(48, 32), depth=1)
    else:
        model = timm.create_model(
            "swin_tiny_patch4_window7_224",
            num_classes=0,
            img_size=(56, 28),
            embed_dim=8,
            depths=(2,),  # the windows of the second are shifted
            num_heads=(2,),
        )
        return TimmEncoder(model, height=56, width=28)
    return TimmEncoder(model, height=48, width=32, frozen_stages=1)


def poster_size(name):
    return (56, 28) if name == "windows" else (48, 32)


def overview_encoder(name):
    if name == "lstm":
        return OverviewLSTM(WORDS, embedding=8, hidden=6, word_dropout=0.2, dropout=0.2)
    kind, config = {
        "bert-lstm": (transformers.BertModel, transformers.BertConfig(**SIZE)),
        "roberta": (transformers.RobertaModel, transformers.RobertaConfig(**SIZE, pad_token_id=1)),
        "mpnet": (transformers.MPNetModel, transformers.MPNetConfig(**SIZE, pad_token_id=1)),
        "distilbert": (
            transformers.DistilBertModel,
            transformers.DistilBertConfig(
                dim=16, n_layers=1, n_heads=2, hidden_dim=20, vocab_size=WORDS
            ),
        ),
    }[name]
    encoder = TransformerEncoder(kind(config), frozen_layers=1)
    return TransformerLSTM(encoder, hidden=6, dropout=0.2) if name.endswith("lstm") else encoder


def head_for(name, poster, overview):
    width = (poster or overview).width
    if name == "pooled":
        return PooledHead(width, GENRES, 0.2)
    if name == "mean":
        return MeanHead(width, GENRES, 0.2)
    if name == "gated":
        return GatedHead(poster.width, overview.width, 12, GENRES, 0.2)
    return AttentionHead(
        poster and poster.width,
        overview and overview.width,
        width=12,
        heads=3,
        genres=GENRES,
        dropout=0.2,
    )


# each encoder, each head, and each head that takes one modality with only that: an export is slow
COMBINATIONS = [
    ("cnn", None, "pooled"),
    ("convolutions", None, "mean"),
    ("windows", None, "attention"),
    (None, "lstm", "pooled"),
    (None, "bert-lstm", "mean"),
    (None, "mpnet", "attention"),
    ("cnn", "distilbert", "attention"),
    ("transformer", "roberta", "gated"),
]


@pytest.mark.parametrize(("poster", "overview", "head"), COMBINATIONS)
def test_the_graph_is_the_network(poster, overview, head):
    torch.manual_seed(0)
    p = poster_encoder(poster) if poster else None
    o = overview_encoder(overview) if overview else None
    height, width = poster_size(poster)
    network = GenreNetwork(p, o, head_for(head, p, o)).eval()
    for parameter in network.head.parameters():  # heads begin by saying little: make them speak
        torch.nn.init.normal_(parameter, std=0.5)
    graph = export_network(
        network,
        poster=PosterInput(height=height, width=width) if p else None,
        overview=OverviewInput(max_tokens=50) if o else None,
    )
    session = onnxruntime.InferenceSession(graph)
    assert [node.name for node in session.get_inputs()] == list(network.inputs)
    names = [node.name for node in session.get_outputs()]
    for films, length, turn in ((1, 1, 0), (1, 5, 1), (2, 7, 0), (9, 43, 2)):
        counts = torch.randint(1, length + 1, (films, 1))
        present = torch.ones(films, dtype=torch.bool)
        if p and o:  # film by film: both, the overview alone, the poster alone
            kind = (torch.arange(films) + turn) % 3
            present = kind != 1
            counts[kind == 2] = 0
        mask = torch.arange(length)[None] < counts
        given = {
            "posters": torch.randint(0, 256, (films, 3, height, width), dtype=torch.uint8),
            "poster_present": present,
            "tokens": torch.randint(2, WORDS, (films, length)) * mask,
            "token_mask": mask,
        }
        with torch.no_grad():
            expected = network(*(given[name] for name in network.inputs))
        if p and o:  # the graph is given those posters that there are
            given["posters"] = given["posters"][present] if present.any() else given["posters"][:1]
        found = session.run(names, {name: given[name].numpy() for name in network.inputs})
        for name, value in zip(names, found, strict=True):
            wanted = getattr(expected, name).numpy()
            assert value.shape == wanted.shape
            assert np.isfinite(value).all()
            assert np.abs(value - wanted).max() < 1e-4, name
        assert len(names) == sum(value is not None for value in expected)
    if p and o:
        assert np.ptp(found[0]) > 0.1  # it does say something


class _Branches(torch.nn.Module):
    """Computes something else for long overviews, which no graph can."""

    width = 4

    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(WORDS, self.width)

    def forward(self, tokens, mask):
        vectors = self.table(tokens)
        return vectors if mask.sum() > 5 else -vectors


def test_an_encoder_that_cannot_be_exported_is_refused_in_one_line(capfd):
    network = GenreNetwork(None, _Branches(), MeanHead(_Branches.width, GENRES, 0.0))
    with pytest.raises(ValueError, match="cannot be exported as an ONNX graph: ") as caught:
        check_export(network, poster=None, overview=OverviewInput(max_tokens=20))
    assert "\n" not in str(caught.value)
    assert len(capfd.readouterr().err) < 2000


def test_a_network_that_can_be_exported_passes_the_check():
    network = GenreNetwork(PosterCNN([4], 0.0), None, PooledHead(4, GENRES, 0.0))
    check_export(network, poster=PosterInput(height=24, width=16), overview=None)

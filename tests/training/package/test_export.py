"""The graph says what the network says: every encoder, every head, every missing modality."""

import copy

import numpy as np
import onnxruntime
import pytest
import timm
import torch
import transformers

from posterplot.inference.bundle import OverviewInput, PosterInput, load_bundle
from posterplot.networks import (
    AttentionHead,
    GenreNetwork,
    MeanHead,
    PooledHead,
    TimmEncoder,
    TransformerEncoder,
)
from posterplot.training.build.restore import restore_network
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
    if name == "transformer":
        model = timm.create_model("test_vit", num_classes=0, img_size=(48, 32), depth=1)
        return TimmEncoder(model, height=48, width=32, frozen_stages=1)
    model = timm.create_model(
        "swin_tiny_patch4_window7_224",
        num_classes=0,
        img_size=(56, 28),
        embed_dim=8,
        depths=(2,),  # the windows of the second are shifted
        num_heads=(2,),
    )
    return TimmEncoder(model, height=56, width=28)


def overview_encoder(name):
    kind, config = {
        "roberta": (transformers.RobertaModel, transformers.RobertaConfig(**SIZE, pad_token_id=1)),
        "mpnet": (transformers.MPNetModel, transformers.MPNetConfig(**SIZE, pad_token_id=1)),
        "distilbert": (
            transformers.DistilBertModel,
            transformers.DistilBertConfig(
                dim=16, n_layers=1, n_heads=2, hidden_dim=20, vocab_size=WORDS
            ),
        ),
    }[name]
    return TransformerEncoder(kind(config), frozen_layers=1)


def make_network(name, head):
    """Return an untrained network of one modality, and the size of its posters, if it has any."""
    torch.manual_seed(0)
    sizes = {"transformer": (48, 32), "windows": (56, 28)}
    posters = name in sizes
    encoder = poster_encoder(name) if posters else overview_encoder(name)
    if head == "attention":
        made = AttentionHead(
            encoder.width if posters else None,
            None if posters else encoder.width,
            width=12,
            heads=3,
            genres=GENRES,
            dropout=0.2,
        )
    else:
        made = {"mean": MeanHead, "pooled": PooledHead}[head](encoder.width, GENRES, 0.2)
    for parameter in made.parameters():  # heads begin by saying little: make them speak
        torch.nn.init.normal_(parameter, std=0.5)
    network = GenreNetwork(*((encoder, None) if posters else (None, encoder)), made).eval()
    return network, PosterInput(height=sizes[name][0], width=sizes[name][1]) if posters else None


def compare(network, graph, height, width, longest):
    """Compare a graph with its network, and return by how much its logits vary among films."""
    torch.manual_seed(0)
    session = onnxruntime.InferenceSession(graph)
    assert [node.name for node in session.get_inputs()] == list(network.inputs)
    names = [node.name for node in session.get_outputs()]
    both = network.poster is not None and network.overview is not None
    for films, length, turn in ((1, 1, 0), (1, 5, 1), (2, 7, 0), (9, longest, 2)):
        counts = torch.randint(1, length + 1, (films, 1))
        present = torch.ones(films, dtype=torch.bool)
        if both:  # film by film: both, the overview alone, the poster alone
            kind = (torch.arange(films) + turn) % 3
            present = kind != 1
            counts[kind == 2] = 0
        mask = torch.arange(length)[None] < counts
        inputs = {
            "posters": torch.randint(0, 256, (films, 3, height, width), dtype=torch.uint8),
            "poster_present": present,
            "tokens": torch.randint(2, WORDS, (films, length)) * mask,
            "token_mask": mask,
        }
        with torch.no_grad():
            expected = network(*(inputs[name] for name in network.inputs))
        if both:  # the graph is given those posters that there are
            inputs["posters"] = (
                inputs["posters"][present] if present.any() else inputs["posters"][:1]
            )
        outputs = session.run(names, {name: inputs[name].numpy() for name in network.inputs})
        for name, value in zip(names, outputs, strict=True):
            reference = getattr(expected, name).numpy()
            assert value.shape == reference.shape
            assert np.isfinite(value).all()
            assert np.abs(value - reference).max() < 1e-4, name
        assert len(names) == sum(value is not None for value in expected)
    # of some runs, heads have learned to say little
    spread = np.ptp(outputs[0], axis=0).max()
    assert np.abs(outputs[0] - expected.logits.numpy()).max() < 1e-3 * spread
    return spread


# With the runs below: each encoder, each head, each head that takes one modality with only that.
# An export is slow, so there are few.
@pytest.mark.parametrize(
    ("encoder", "head"),
    [
        ("transformer", "mean"),
        ("windows", "attention"),
        ("roberta", "mean"),
        ("distilbert", "pooled"),
        ("mpnet", "attention"),
    ],
)
def test_the_graph_is_the_network(encoder, head):
    network, size = make_network(encoder, head)
    overview = None if size else OverviewInput(max_tokens=50)
    graph = export_network(network, poster=size, overview=overview)
    height, width = (size.height, size.width) if size else (1, 1)
    compare(network, graph, height, width, 43)


def test_the_graph_of_both_modalities_is_the_network(bert_network, bert_graph):
    assert compare(bert_network, bert_graph, 48, 32, 31) > 0.1  # it does say something


@pytest.mark.parametrize(
    "run",
    [
        "tiny-cnn",  # convolutions from scratch, pooled
        "tiny-lstm",  # an LSTM over words, pooled
        "tiny-joint",  # both, with attention
        "tiny-frozen",  # convolutions of timm and BERT, gated
        "tiny-tuned",  # convolutions of timm, pooled
        "tiny-contextual",  # an LSTM over BERT, of which the mean is taken
    ],
)
def test_the_graph_of_a_run_is_its_network(run, runs, joint_run, frozen_run, tuned_runs):
    (path,) = (
        path
        for path in (runs / run, joint_run, frozen_run, tuned_runs / run)
        if path.name == run and path.exists()
    )
    network, size = restore_network(path), load_bundle(path).manifest.poster
    graph = load_bundle(path).graph.read_bytes()
    compare(network, graph, *((size.height, size.width) if size else (1, 1)), 20)


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


def test_a_network_that_can_be_exported_passes_the_check(bert_network, bert_graph, monkeypatch):
    inputs = {"poster": PosterInput(height=48, width=32), "overview": OverviewInput(max_tokens=20)}
    monkeypatch.setattr(f"{check_export.__module__}.export_network", lambda *_, **__: bert_graph)
    check_export(bert_network, **inputs)
    other = copy.deepcopy(bert_network)
    for parameter in other.head.parameters():
        torch.nn.init.normal_(parameter)
    with pytest.raises(ValueError, match=r"graph: its logits differ by up to \d"):
        check_export(other, **inputs)

import numpy as np
import pytest
import timm
import torch
import transformers
from captum.attr import LayerGradCam

from posterplot.errors import UsageError
from posterplot.explain.methods.gradients import gradient_scorers, network_scorers
from posterplot.inference.bundle import BundleManifest, OverviewInput, PosterInput, write_bundle
from posterplot.inference.decisions import Decisions
from posterplot.inference.reader import FilmInputs
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
from posterplot.training.build.restore import feed

GENRES, HEIGHT, WIDTH = 4, 48, 32
TOKENS = np.array([2, 7, 9, 30, 12, 3])  # framed by [CLS] and [SEP]


def poster_encoder(name):
    if name == "cnn":
        return PosterCNN([4, 6], 0.1)
    if name == "convolutions":
        model = timm.create_model("test_efficientnet", num_classes=0)
    else:
        model = timm.create_model("test_vit", num_classes=0, img_size=(HEIGHT, WIDTH))
    return TimmEncoder(model, height=HEIGHT, width=WIDTH)


def overview_encoder(name, folder):
    if name == "lstm":
        return OverviewLSTM(46, embedding=8, hidden=6, word_dropout=0.2, dropout=0.2)
    encoder = TransformerEncoder(transformers.AutoModel.from_pretrained(folder), frozen_layers=0)
    return TransformerLSTM(encoder, hidden=6, dropout=0.2) if name == "bert-lstm" else encoder


@pytest.fixture
def build(bert, tmp_path):
    """Make a network that has something to say, and the bundle that tells how films enter it."""

    def make(poster, overview, head):
        torch.manual_seed(0)
        p = poster_encoder(poster) if poster else None
        o = overview_encoder(overview, bert) if overview else None
        if head == "gated":
            top = GatedHead(p.width, o.width, 8, GENRES, 0.1)
        elif head == "attention":
            widths = p and p.width, o and o.width
            top = AttentionHead(*widths, width=8, heads=2, genres=GENRES, dropout=0.1)
        else:
            top = {"mean": MeanHead, "pooled": PooledHead}[head]((p or o).width, GENRES, 0.1)
        for parameter in top.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        network = GenreNetwork(p, o, top).eval()
        network.requires_grad_(False)
        genres = tuple("ABCD")
        plain = Decisions(
            calibration="none",
            scale=(1.0,) * 4,
            offset=(0.0,) * 4,
            thresholds={"half": (0.5,) * 4},
            rule="half",
        )
        manifest = BundleManifest(
            name="made",
            genres=genres,
            decisions=plain,
            provenance={},
            poster=PosterInput(height=HEIGHT, width=WIDTH) if p else None,
            overview=OverviewInput(max_tokens=20) if o else None,
        )
        tokenizer = (bert / "tokenizer.json").read_text() if o else None
        return network, write_bundle(
            tmp_path / "bundle", manifest, graph=b"", tokenizer=tokenizer, card=""
        )

    return make


def film(bundle):
    rng = np.random.default_rng(3)
    poster = rng.integers(0, 256, (3, HEIGHT, WIDTH), dtype=np.uint8)
    return FilmInputs(
        poster if bundle.manifest.poster else None, TOKENS if bundle.manifest.overview else None
    )


def logits(network, bundle, inputs):
    with torch.no_grad():
        return network(*feed(network, inputs, bundle.manifest.poster).values()).logits[0].numpy()


@pytest.mark.parametrize(
    ("poster", "overview", "head", "grid"),
    [
        ("cnn", None, "pooled", (6, 4)),
        ("cnn", "lstm", "attention", (6, 4)),
        ("convolutions", None, "mean", (2, 1)),
        ("convolutions", "bert", "gated", (2, 1)),
        ("transformer", None, "attention", (3, 2)),
        ("transformer", "bert-lstm", "attention", (3, 2)),
    ],
)
def test_grad_cam_is_that_of_the_paper(build, poster, overview, head, grid):
    network, bundle = build(poster, overview, head)
    inputs = film(bundle)
    scores = network_scorers(network, bundle)["grad-cam"](inputs, [2, 0])
    assert scores.overview is None
    assert scores.poster.dtype == np.float32
    # equation 1 and 2, film and genre by itself
    features = network.encode(*feed(network, inputs, bundle.manifest.poster).values())
    patches = features.patches.detach().requires_grad_()
    for k, genre in enumerate((2, 0)):
        logit = network.head(features._replace(patches=patches)).logits[0, genre]
        (gradient,) = torch.autograd.grad(logit, patches)
        expected = (patches * gradient.mean(dim=1, keepdim=True)).sum(dim=-1)
        expected = expected.detach().numpy().reshape(-1)
        assert scores.poster[k].size == expected.size
        assert np.allclose(scores.poster[k].reshape(-1), expected, atol=1e-5)
        assert np.ptp(expected) > 1e-4


def test_grad_cam_is_captums_over_the_last_convolutions(build):
    network, bundle = build("cnn", None, "mean")
    inputs = film(bundle)
    scores = network_scorers(network, bundle)["grad-cam"](inputs, [1]).poster
    pixels = torch.from_numpy(inputs.poster)[None].float().requires_grad_()
    oracle = LayerGradCam(lambda posters: network(posters).logits, network.poster.blocks)
    expected = oracle.attribute(pixels, target=1)
    assert scores.shape == (1, 6, 4)
    assert np.allclose(scores[0], expected.detach().numpy()[0, 0], atol=1e-5)


@pytest.mark.parametrize(
    ("poster", "overview", "head"),
    [
        (None, "lstm", "pooled"),
        (None, "bert", "mean"),
        (None, "bert-lstm", "attention"),
        ("cnn", "bert", "attention"),
        ("transformer", "lstm", "gated"),
    ],
)
def test_integrated_gradients_add_up_to_the_change_by_tokens(build, poster, overview, head):
    network, bundle = build(poster, overview, head)
    inputs = film(bundle)
    scores = network_scorers(network, bundle)["integrated-gradients"](inputs, [1, 3])
    assert scores.overview.shape == (2, len(TOKENS))
    assert scores.overview.dtype == np.float32
    assert (scores.overview[:, [0, -1]] == 0).all()  # the frame stays, so it changes nothing
    blank = inputs._replace(tokens=np.array([2, 0, 0, 0, 0, 3]))
    change = logits(network, bundle, inputs) - logits(network, bundle, blank)
    explained = change[[1, 3]]
    assert np.abs(explained).max() > 0.01
    assert np.allclose(scores.overview.sum(axis=1), explained, atol=0.05 * np.abs(explained).max())


def test_tokens_are_masked_if_the_tokenizer_has_a_mask(build):
    network, bundle = build(None, "bert", "mean")
    known = bundle.tokenizer.read_text()
    bundle.tokenizer.write_text(known.replace('"word29"', '"[MASK]"'))
    inputs = film(bundle)
    scores = network_scorers(network, bundle)["integrated-gradients"](inputs, [0])
    mask = 33  # padding, three further names and word0 to word28 stand before it
    blank = inputs._replace(tokens=np.array([2, mask, mask, mask, mask, 3]))
    change = (logits(network, bundle, inputs) - logits(network, bundle, blank))[0]
    padded = inputs._replace(tokens=np.array([2, 0, 0, 0, 0, 3]))
    other = (logits(network, bundle, inputs) - logits(network, bundle, padded))[0]
    assert abs(scores.overview.sum() - change) < 0.05 * abs(change)
    assert abs(scores.overview.sum() - other) > 0.05 * abs(change)


def test_integrated_gradients_add_up_to_the_change_by_pixels(build):
    network, bundle = build("cnn", None, "mean")
    inputs = film(bundle)
    scores = network_scorers(network, bundle)["integrated-gradients"](inputs, [0, 2]).poster
    assert scores.shape == (2, 6, 4)
    mean = inputs.poster.mean(axis=(1, 2), keepdims=True)
    blank = torch.from_numpy(np.broadcast_to(mean, inputs.poster.shape).astype(np.float32))[None]
    with torch.no_grad():
        base = network(blank).logits[0].numpy()
    change = (logits(network, bundle, inputs) - base)[[0, 2]]
    assert np.allclose(scores.sum(axis=(1, 2)), change, atol=0.05 * np.abs(change).max())


def test_missing_inputs_are_not_scored(build):
    network, bundle = build("cnn", "lstm", "attention")
    both = film(bundle)
    scorers = network_scorers(network, bundle)
    assert scorers["grad-cam"](both._replace(poster=None), [0]).poster is None
    mute = scorers["integrated-gradients"](both._replace(tokens=None), [0])
    assert mute.overview is None
    assert mute.poster.shape == (1, 6, 4)
    blind = scorers["integrated-gradients"](both._replace(poster=None), [0])
    assert blind.poster is None
    assert blind.overview.shape == (1, len(TOKENS))


def test_only_what_a_network_reads_has_methods(build):
    assert set(network_scorers(*build("cnn", None, "mean"))) == {"grad-cam", "integrated-gradients"}


def test_overviews_alone_have_no_grad_cam(build):
    assert set(network_scorers(*build(None, "bert", "mean"))) == {"integrated-gradients"}


def hooks(network):
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, kind)) for module in network.modules() for kind in kinds)


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
def test_no_file_is_left_and_a_second_call_gives_the_same(build, method):
    network, bundle = build("cnn", "bert", "attention")
    network.requires_grad_(True)  # as who trains would hold it
    scorer = network_scorers(network, bundle)[method]
    first, again = scorer(film(bundle), [0, 1]), scorer(film(bundle), [0, 1])
    for one, other in zip(first, again, strict=True):
        assert (one is None and other is None) or (one == other).all()
    assert hooks(network) == 0
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
def test_hooks_are_removed_after_an_error(build, method, monkeypatch):
    network, bundle = build(
        None if method == "integrated-gradients" else "cnn", "bert", "attention"
    )
    scorer = network_scorers(network, bundle)[method]
    answer, seen = network.head.forward, []

    def fail_while_hooked(features):
        seen.append(hooks(network))
        if len(seen) > 1 or method == "grad-cam":
            raise RuntimeError("no memory")
        return answer(features)

    monkeypatch.setattr(network.head, "forward", fail_while_hooked)
    with pytest.raises(RuntimeError, match="no memory"):
        scorer(film(bundle), [0])
    assert seen
    assert max(seen) > 0 or method == "grad-cam"  # whose hook is on a layer of its own
    assert hooks(network) == 0
    assert all(parameter.grad is None for parameter in network.parameters())
    assert torch.is_grad_enabled()


def test_a_run_is_loaded_from_its_folder(runs):
    scores = gradient_scorers(runs / "tiny-lstm")["integrated-gradients"](
        FilmInputs(None, np.array([3, 5, 4])), [0]
    )
    assert scores.overview.shape == (1, 3)
    with pytest.raises(UsageError, match="no network"):
        gradient_scorers(runs / "tiny-tfidf")

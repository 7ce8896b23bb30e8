import re

import pytest
import torch
from tests.conftest import FROZEN, JOINT

from posterplot.errors import ConfigError
from posterplot.inference.bundle import load_bundle
from posterplot.networks import AttentionHead, Features, GatedHead, MeanHead
from posterplot.training.build.network import make_network, parameter_groups
from posterplot.training.config.run_config import load_config
from posterplot.training.data.selection import read_films

SHARE = torch.tensor([0.5, 0.1, 0.0])
NOTHING = "fingerprint"  # of no dataset


@pytest.fixture
def config(tmp_path, bert):
    def load(text, *overrides):
        path = tmp_path / "config.toml"
        path.write_text(text.format(bert=bert))
        return load_config(path, list(overrides))

    return load


def _rates(network, config):
    """The rate at which each parameter learns, by name."""
    names = {parameter: name for name, parameter in network.named_parameters()}
    rates = {}
    for group in parameter_groups(network, config):
        assert group["params"]
        for parameter in group["params"]:
            assert names[parameter] not in rates
            rates[names[parameter]] = group["lr"]
    return rates


def test_every_encoder_has_its_own_learning_rate(config):
    loaded = config(
        FROZEN,
        "fit.frozen=false",
        "fit.learning_rate=0.1",
        "poster.learning_rate=0.02",
        "poster.frozen_stages=2",
        "overview.learning_rate=0.003",
        "overview.frozen_layers=1",
        "overview.lstm.hidden=4",
    )
    network, _ = make_network(loaded, [], SHARE, NOTHING)
    rates = _rates(network, loaded)
    learning = {name for name, p in network.named_parameters() if p.requires_grad}
    assert rates.keys() == learning
    for name, rate in rates.items():
        if name.startswith("poster."):
            assert rate == 0.02, name
        else:
            assert rate == (0.003 if name.startswith("overview.transformer.") else 0.1), name
    assert "poster.model.blocks.1.0.conv.weight" not in rates
    assert "overview.transformer.model.embeddings.word_embeddings.weight" not in rates
    assert any(name.startswith("overview.transformer.model.encoder.layer.1") for name in rates)
    assert any(name.startswith("overview.lstm.") for name in rates)


def test_frozen_parameters_are_in_no_group(config):
    loaded = config(FROZEN)
    network, _ = make_network(loaded, [], SHARE, NOTHING)
    rates = _rates(network, loaded)
    assert rates.keys() == {f"head.{name}" for name, _ in network.head.named_parameters()}


def test_encoders_from_scratch_use_the_learning_rate_of_the_head(config):
    loaded = config(JOINT)
    network, _ = make_network(loaded, ["a gun", "a kiss"], SHARE, NOTHING)
    rates = _rates(network, loaded)
    assert rates.keys() == dict(network.named_parameters()).keys()
    assert set(rates.values()) == {loaded.fit.learning_rate}


@pytest.mark.parametrize(
    ("kind", "head", "overrides"),
    [
        ("mean", MeanHead, ["poster"]),
        ("attention", AttentionHead, ["poster"]),
        ("attention", AttentionHead, []),
        ("gated", GatedHead, []),
    ],
)
def test_heads_start_from_the_shares_of_the_genres(config, kind, head, overrides):
    text = JOINT if not overrides else re.sub(r"\[overview\][^[]*", "", JOINT)
    network, _ = make_network(config(text, f"head.kind={kind}"), ["a gun"], SHARE, NOTHING)
    assert isinstance(network.head, head)
    patches = torch.randn(6, 4, network.poster.width)
    features = Features(patches, None, None, None)
    if not overrides:
        words = torch.randn(6, 3, network.overview.width)
        features = Features(patches, torch.ones(6) > 0, words, torch.ones(6, 3) > 0)
    logits = network.head.eval()(features).logits
    # even a genre without a film keeps one chance in a thousand
    expected = torch.tensor([0.5, 0.1, 0.001]).logit()
    assert (logits - expected).abs().max() < 0.3


def test_random_choices_depend_on_the_seed(config):
    def weights(seed):
        network, _ = make_network(config(FROZEN, f"seed={seed}"), [], SHARE, NOTHING)
        return torch.cat([value.flatten().float() for value in network.state_dict().values()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_a_network_uses_the_normalisation_of_its_encoder(config):
    network, _ = make_network(config(FROZEN, "poster.encoder=test_vit"), [], SHARE, NOTHING)
    assert network.mean.flatten().tolist() == network.std.flatten().tolist() == [127.5] * 3


def test_encoders_start_from_finished_runs(config, dataset, runs):
    loaded = config(
        JOINT, f"init_from.poster={runs}/tiny-cnn", f"init_from.overview={runs}/tiny-lstm"
    )
    films = read_films(loaded, dataset, lambda _: None)
    network, tokenizer = make_network(
        loaded, films.train_overviews, SHARE, dataset.manifest.fingerprint
    )
    for modality, run in (("poster", "tiny-cnn"), ("overview", "tiny-lstm")):
        best = torch.load(runs / run / "checkpoints" / "best.ckpt", weights_only=True)
        for name, value in getattr(network, modality).state_dict().items():
            assert torch.equal(value, best["state_dict"][f"network.{modality}.{name}"]), name
    assert tokenizer.get_vocab() == _vocabulary(runs / "tiny-lstm")


def _vocabulary(run):
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(load_bundle(run).tokenizer)).get_vocab()


def test_training_does_not_start_from_a_run_with_another_encoder(config, dataset, runs):
    wider = config(JOINT, f"init_from.poster={runs}/tiny-cnn", "poster.channels=[5, 6]")
    with pytest.raises(
        ConfigError, match=r"init_from.poster: .*another poster encoder: 6 keys"
    ) as e:
        make_network(wider, ["a gun"], SHARE, dataset.manifest.fingerprint)
    assert str(e.value).count("blocks.") == 5  # the first of them


def test_training_does_not_start_from_a_run_with_another_vocabulary(config, dataset, runs):
    loaded = config(JOINT, f"init_from.overview={runs}/tiny-lstm")
    texts = read_films(loaded, dataset, lambda _: None).train_overviews
    others = [text.replace("gun", "sword") for text in texts]
    with pytest.raises(
        ConfigError, match=r"init_from.overview: .*tiny-lstm has another vocabulary"
    ):
        make_network(loaded, others, SHARE, dataset.manifest.fingerprint)


def test_training_does_not_start_from_a_run_on_another_dataset(config, runs):
    loaded = config(JOINT, f"init_from.poster={runs}/tiny-cnn")
    with pytest.raises(ConfigError, match=r"init_from.poster: .* trained on another dataset"):
        make_network(loaded, ["a gun"], SHARE, NOTHING)


def test_training_does_not_start_from_a_run_without_encoder_weights(config, dataset, runs):
    loaded = config(JOINT, f"init_from.overview={runs}/tiny-cnn")
    with pytest.raises(ConfigError, match="tiny-cnn has no weights of the overview encoder"):
        make_network(loaded, ["a gun"], SHARE, dataset.manifest.fingerprint)


def test_training_does_not_start_from_another_folder(config, tmp_path):
    loaded = config(JOINT, f"init_from.poster={tmp_path}/none")
    with pytest.raises(ConfigError, match="none has no checkpoint"):
        make_network(loaded, ["a gun"], SHARE, NOTHING)
    best = tmp_path / "none" / "checkpoints" / "best.ckpt"
    best.parent.mkdir(parents=True)
    best.write_bytes(b"half a checkpoint")
    with pytest.raises(ConfigError, match=r"best.ckpt is damaged"):
        make_network(loaded, ["a gun"], SHARE, NOTHING)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("overview.max_tokens=41", r"overview.max_tokens: .* reads 40 tokens at most, not 41"),
        ("overview.max_tokens=2", "overview.max_tokens: leaves no room for words: 2 tokens"),
        ("overview.frozen_layers=3", r"overview: .* has 2 layers, not 3 to freeze"),
        ("poster.frozen_stages=9", "poster: test_efficientnet has 5 stages, not 9 to freeze"),
        ("poster.encoder=test_vit2", "poster: test_vit2 cannot read posters of 50×32 pixels"),
    ],
)
def test_unsupported_settings_of_an_encoder_are_refused(config, override, said):
    size = ["poster.height=50"] if "vit" in override else []
    with pytest.raises(ConfigError, match=said) as caught:
        make_network(config(FROZEN, override, *size), [], SHARE, NOTHING)
    assert "\n" not in str(caught.value)


def test_max_tokens_is_limited_by_the_positions_of_the_encoder(config):
    network, _ = make_network(config(FROZEN, "overview.max_tokens=40"), [], SHARE, NOTHING)
    tokens = torch.full((1, 40), 5)
    assert network.overview(tokens, tokens > 0).shape == (1, 40, 12)


@pytest.mark.parametrize("head", ["mean", "attention"])
def test_a_joint_network_starts_as_late_fusion_of_runs(config, tmp_path, head):
    """The poster has its configured weight; attention is left out on both sides."""
    overviews = ["a gun and a kiss", "a letter"]
    cut = {
        "poster": JOINT[JOINT.index("[overview]") : JOINT.index("[head]")],
        "overview": JOINT[JOINT.index("[poster]") : JOINT.index("[overview]")],
    }
    runs, networks = {}, {}
    for modality, other in cut.items():
        text = JOINT.replace(other, "")
        networks[modality], _ = make_network(
            config(text, f"head.kind={head}"), overviews, SHARE, NOTHING
        )
        for parameter in networks[modality].head.parameters():
            torch.nn.init.normal_(parameter)
        if head == "attention":
            networks[modality].head.out.data.zero_()
        runs[modality] = tmp_path / modality
        (runs[modality] / "checkpoints").mkdir(parents=True)
        state = {f"network.{k}": v for k, v in networks[modality].state_dict().items()}
        torch.save(
            {"state_dict": state, "dataset": NOTHING}, runs[modality] / "checkpoints" / "best.ckpt"
        )
    starts = [f"init_from.{modality}={run}" for modality, run in runs.items()]
    starts.append("init_from.poster_weight=0.7")
    joint, _ = make_network(config(JOINT, *starts), overviews, SHARE, NOTHING)
    joint.head.out.data.zero_()
    posters = torch.randint(0, 256, (3, 3, 24, 16), dtype=torch.uint8)
    tokens = torch.randint(2, 7, (3, 4))
    mask = torch.tensor([[True] * 4, [False] * 4, [True] * 4])
    present = torch.tensor([True, True, False])
    with torch.no_grad():
        found = joint.eval()(posters, present, tokens, mask).logits
        p = networks["poster"].eval()(posters).logits
        o = networks["overview"].eval()(tokens, mask).logits
    prior = torch.logit(SHARE.clamp(1e-3, 1 - 1e-3))
    expected = torch.stack([0.7 * (p[0] - prior) + o[0], p[1], o[2]])
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_attention_dropout_is_that_of_the_configuration(config, share):
    options = "fit.frozen=false", f"overview.attention_dropout={share}"
    network, _ = make_network(config(FROZEN, *options), [], SHARE, NOTHING)
    found = {
        module.dropout.p
        for module in network.overview.modules()
        if type(module).__name__.endswith("SelfAttention")
    }
    assert found == {share}


def test_drop_path_reaches_an_encoder_that_has_residual_branches(config):
    options = "fit.frozen=false", "poster.drop_path=0.1", "poster.encoder=test_vit"
    network, _ = make_network(config(FROZEN, *options), [], SHARE, NOTHING)
    assert any(getattr(module, "drop_prob", 0) for module in network.poster.modules())


def test_drop_path_is_refused_by_name_if_the_encoder_has_no_residual_branches(config):
    options = "fit.frozen=false", "poster.drop_path=0.1", "poster.encoder=vgg11"
    with pytest.raises(ConfigError, match=r"poster.drop_path: vgg11 has no residual branches"):
        make_network(config(FROZEN, *options), [], SHARE, NOTHING)

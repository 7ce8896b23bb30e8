import re

import pytest
import torch
from tests.conftest import FROZEN, JOINT
from tests.training.build.networks import NOTHING, SHARE

from posterplot.errors import ConfigError
from posterplot.networks import AttentionHead, Features, GatedHead, MeanHead
from posterplot.training.build.network import make_network, parameter_groups


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
    text = JOINT if not overrides else re.sub(r"\[(overview|modality_dropout)\][^[]*", "", JOINT)
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


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("overview.max_tokens=41", r"overview.max_tokens: .* reads 40 tokens at most, not 41"),
        ("overview.max_tokens=2", "overview.max_tokens: leaves no room for words: 2 tokens"),
        ("overview.frozen_layers=3", r"overview: .* has 2 layers, not 3 to freeze"),
        ("poster.frozen_stages=9", "poster: test_efficientnet has 5 stages, not 9 to freeze"),
        ("poster.encoder=test_vit2", "poster: test_vit2 cannot read posters of 50×32 pixels"),
    ],
)
def test_unsupported_settings_of_an_encoder_are_refused(config, override, message):
    size = ["poster.height=50"] if "vit" in override else []
    with pytest.raises(ConfigError, match=message) as caught:
        make_network(config(FROZEN, override, *size), [], SHARE, NOTHING)
    assert "\n" not in str(caught.value)


def test_max_tokens_is_limited_by_the_positions_of_the_encoder(config):
    network, _ = make_network(config(FROZEN, "overview.max_tokens=40"), [], SHARE, NOTHING)
    tokens = torch.full((1, 40), 5)
    assert network.overview(tokens, tokens > 0).shape == (1, 40, 12)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_attention_dropout_is_that_of_the_configuration(config, share):
    options = "fit.frozen=false", f"overview.attention_dropout={share}"
    network, _ = make_network(config(FROZEN, *options), [], SHARE, NOTHING)
    rates = {
        module.dropout.p
        for module in network.overview.modules()
        if type(module).__name__.endswith("SelfAttention")
    }
    assert rates == {share}


def test_drop_path_reaches_an_encoder_that_has_residual_branches(config):
    options = "fit.frozen=false", "poster.drop_path=0.1", "poster.encoder=test_vit"
    network, _ = make_network(config(FROZEN, *options), [], SHARE, NOTHING)
    assert any(getattr(module, "drop_prob", 0) for module in network.poster.modules())


def test_drop_path_is_refused_by_name_if_the_encoder_has_no_residual_branches(config):
    options = "fit.frozen=false", "poster.drop_path=0.1", "poster.encoder=vgg11"
    with pytest.raises(ConfigError, match=r"poster.drop_path: vgg11 has no residual branches"):
        make_network(config(FROZEN, *options), [], SHARE, NOTHING)

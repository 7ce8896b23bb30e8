import numpy as np
import pytest
import torch
from scipy.stats import rankdata

from parameter_randomisation import randomisations, randomised, rank_correlation
from posterplot.networks import AttentionHead, GenreNetwork, OverviewLSTM, PosterCNN


@pytest.fixture
def network():
    torch.manual_seed(0)
    poster = PosterCNN([4, 6, 8], 0.1)
    overview = OverviewLSTM(40, embedding=6, hidden=5, word_dropout=0.1, dropout=0.1)
    head = AttentionHead(8, 10, width=8, heads=2, genres=3, dropout=0.1)
    return GenreNetwork(poster, overview, head).eval()


def changed(network, other):
    before, after = network.state_dict(), other.state_dict()
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_parameters_are_randomised_from_the_head_on(network):
    steps = randomisations(network, "poster")
    names = list(steps)
    assert names[0] == "head"
    assert names[-1] == "encoder alone"
    assert all(layer.partition(".")[0] == "head" for layer in steps["head"])
    # three convolutions and three normalisations, from the top
    assert [len(steps[name]) - len(steps["head"]) for name in names[:-1]] == [0, 2, 4, 6]
    third = set(steps["head and a third of the encoder"]) - set(steps["head"])
    blocks = [n for n, part in enumerate(network.poster.blocks) if list(part.parameters())]
    assert third == {f"poster.blocks.{n}" for n in blocks[-2:]}
    assert sorted(steps["encoder alone"]) == sorted(
        layer for layer in steps["head and all of the encoder"] if layer.startswith("poster")
    )


def test_only_what_is_named_is_shuffled_in_a_copy(network):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    other = randomised(network, randomisations(network, "overview")["encoder alone"])
    assert changed(network, other) >= {"overview.embedding.weight"}
    assert all(name.startswith("overview.") for name in changed(network, other))
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
        shuffled = other.state_dict()[name]
        assert torch.equal(value.flatten().sort().values, shuffled.flatten().sort().values)
    everything = randomised(network, randomisations(network, "overview")["head"])
    assert "head.queries" in changed(network, everything)


def test_the_same_seed_gives_the_same_order(network):
    layers = randomisations(network, "poster")["head and all of the encoder"]
    one, other = randomised(network, layers, seed=3), randomised(network, layers, seed=3)
    assert not changed(one, other)
    assert changed(one, randomised(network, layers, seed=4))


def test_rank_correlation_is_pearsons_over_ranks():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    expected = np.corrcoef(rankdata(first), rankdata(second))[0, 1]
    assert rank_correlation(first, second) == pytest.approx(expected)
    assert rank_correlation(first, np.exp(first)) == pytest.approx(1)
    assert rank_correlation(first, -first) == pytest.approx(-1)


def test_constant_scores_have_no_correlation():
    assert rank_correlation(np.ones(4), np.arange(4)) == 0
    assert rank_correlation(np.arange(4), np.array([1, np.nan, 2, 3])) == 0

import pytest
import torch
from torch import nn

from posterplot.networks import GenreNetwork, OverviewLSTM, PosterCNN


@pytest.fixture
def network():
    torch.manual_seed(0)
    lstm = OverviewLSTM(30, embedding=4, hidden=3, word_dropout=0.0, dropout=0.0)
    return GenreNetwork(PosterCNN([4, 8], 0.0), lstm, nn.Identity())


@pytest.fixture
def batch():
    posters = torch.randint(0, 256, (4, 3, 24, 16), dtype=torch.uint8)
    tokens = torch.randint(2, 30, (4, 5))
    mask = torch.arange(5)[None] < torch.tensor([[5], [0], [3], [1]])
    return [posters, torch.tensor([True, True, False, True]), tokens * mask, mask]


def statistics(network):
    return torch.cat([b.flatten().float() for b in network.poster.buffers()])


def test_absent_posters_do_not_change_batch_normalisation(network, batch):
    posters, present, tokens, mask = batch
    before = statistics(network)
    network.train().encode(*batch)
    after = statistics(network)
    assert not torch.equal(after, before)
    network.poster.load_state_dict(
        network.poster.state_dict() | {k: v.clone() for k, v in initial(network).items()}
    )
    network.train().encode(posters[present], present[present], tokens[present], mask[present])
    assert torch.allclose(statistics(network), after)


def initial(network):
    """Statistics as they were before anything was seen."""
    return {
        name: torch.ones_like(value) if "var" in name else torch.zeros_like(value)
        for name, value in network.poster.named_buffers()
    }


def test_absent_inputs_are_zeros_and_others_are_encoded_as_if_alone(network, batch):
    _, present, tokens, mask = batch
    features = network.train().encode(*batch)
    assert (features.patches[~present] == 0).all()
    assert (features.token_features[1] == 0).all()
    alone = network.encode_overviews(tokens[[0, 2, 3]], mask[[0, 2, 3]])
    assert torch.allclose(features.token_features[[0, 2, 3]], alone)


def test_a_batch_without_any_input_changes_no_encoder(network, batch):
    posters, present, tokens, mask = batch
    before = statistics(network)
    features = network.train().encode(posters, present & False, tokens, mask & False)
    assert features.patches.shape == (4, 6, 8)
    assert features.token_features.shape == (4, 5, 6)
    assert not features.patches.any()
    assert not features.token_features.any()
    assert torch.equal(statistics(network), before)
    assert network.poster.training
    assert network.overview.training


def test_encoding_an_unused_modality_is_an_error():
    network = GenreNetwork(PosterCNN([4], 0.0), None, nn.Identity())
    with pytest.raises(ValueError, match="no overviews"):
        network.encode_overviews(torch.ones(1, 1, dtype=torch.int64), torch.ones(1, 1).bool())
    assert network.inputs == ("posters",)


def test_a_single_poster_trains_a_network_of_posters_only():
    """Batch normalisation has no statistics of one value per channel."""
    encoder = nn.Sequential(nn.Conv2d(3, 4, 8, stride=8), nn.BatchNorm2d(4), nn.Flatten(2))
    network = GenreNetwork(encoder, None, nn.Identity()).train()
    before = encoder[1].running_mean.clone()
    features = network.encode(torch.randint(0, 256, (1, 3, 8, 8), dtype=torch.uint8))
    features.patches.sum().backward()
    assert torch.equal(encoder[1].running_mean, before)
    assert encoder[0].weight.grad is not None
    assert encoder.training

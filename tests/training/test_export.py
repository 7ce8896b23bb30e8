import numpy as np
import onnxruntime
import pytest
import torch

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.models import OverviewLSTM, OverviewNetwork, PooledHead, PosterCNN, PosterNetwork
from posterplot.training.export import export_network


@pytest.fixture(scope="module")
def poster_pair():
    torch.manual_seed(0)
    network = PosterNetwork(PosterCNN([4, 8], 0.2), PooledHead(8, 5, 0.2)).eval()
    graph = export_network(network, poster=PosterInput(height=24, width=16), overview=None)
    return network, onnxruntime.InferenceSession(graph)


@pytest.fixture(scope="module", params=["first", "second"])
def overview_pair(request):
    """A network and its graph; the second one of a process is as free in length as the first."""
    torch.manual_seed(0)
    encoder = OverviewLSTM(30, embedding=8, hidden=6, word_dropout=0.2, dropout=0.2)
    network = OverviewNetwork(encoder, PooledHead(12, 5, 0.2)).eval()
    graph = export_network(network, poster=None, overview=OverviewInput(max_tokens=50))
    return network, onnxruntime.InferenceSession(graph)


@pytest.mark.parametrize("films", [1, 2, 9])
def test_the_graph_of_a_poster_network_is_the_network(poster_pair, films):
    network, session = poster_pair
    posters = torch.randint(0, 256, (films, 3, 24, 16), dtype=torch.uint8)
    found = session.run(["logits"], {"posters": posters.numpy()})[0]
    with torch.no_grad():
        expected = network(posters).logits.numpy()
    assert np.abs(found - expected).max() < 1e-4


@pytest.mark.parametrize(("films", "length"), [(1, 1), (2, 7), (9, 43)])
def test_the_graph_of_an_overview_network_is_the_network(overview_pair, films, length):
    network, session = overview_pair
    tokens = torch.randint(2, 30, (films, length))
    mask = torch.arange(length)[None] < torch.randint(0, length + 1, (films, 1))
    tokens = tokens * mask
    feed = {"tokens": tokens.numpy(), "token_mask": mask.numpy()}
    found = session.run(["logits"], feed)[0]
    with torch.no_grad():
        expected = network(tokens, mask).logits.numpy()
    assert np.abs(found - expected).max() < 1e-4

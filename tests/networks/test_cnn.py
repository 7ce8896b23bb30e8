import torch

from posterplot.networks import Features, GenreNetwork, PooledHead, PosterCNN


def test_patches_are_ordered_row_by_row():
    torch.manual_seed(1)
    cnn = PosterCNN([4, 6], 0.0).eval()
    assert cnn(torch.zeros(2, 3, 48, 32)).shape == (2, 6 * 4, 6)
    # a bright corner at the lower left lights up the first patch of the last row
    poster = torch.zeros(1, 3, 48, 32)
    poster[..., 40:, :8] = 5.0
    change = (cnn(poster) - cnn(torch.zeros_like(poster))).abs().sum(-1)[0]
    assert int(change.argmax()) == 5 * 4


def test_normalisation_is_part_of_the_network():
    torch.manual_seed(0)
    cnn = PosterCNN([4], 0.0)
    network = GenreNetwork(cnn, None, PooledHead(4, 3, 0.0)).eval()
    posters = torch.randint(0, 256, (2, 3, 16, 12), dtype=torch.uint8)
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    patches = cnn((posters.float() / 255 - mean) / std)
    expected = network.head(Features(patches, None, None, None)).logits
    assert torch.allclose(network(posters).logits, expected, atol=1e-5)

import torch

from posterplot.models import Features, PooledHead


def test_mean_and_maximum_of_the_real_positions_by_hand():
    head = PooledHead(1, 1, 0.5).eval()
    with torch.no_grad():
        head.linear.weight[:] = torch.tensor([[10.0, 1.0]])
        head.linear.bias[:] = 0.5
    sequence = torch.tensor([[[1.0], [3.0], [99.0]]])
    mask = torch.tensor([[True, True, False]])
    assert head(Features(None, None, sequence, mask)).logits.item() == 10 * 2 + 3 + 0.5
    assert head(Features(sequence[:, :2], None, None, None)).logits.item() == 10 * 2 + 3 + 0.5

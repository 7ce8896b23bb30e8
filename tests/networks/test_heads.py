import pytest
import torch

from posterplot.networks import Features, MeanHead, PooledHead


def test_mean_and_maximum_of_the_real_positions_by_hand():
    head = PooledHead(1, 1, 0.5).eval()
    with torch.no_grad():
        head.linear.weight[:] = torch.tensor([[10.0, 1.0]])
        head.linear.bias[:] = 0.5
    sequence = torch.tensor([[[1.0], [3.0], [99.0]]])
    mask = torch.tensor([[True, True, False]])
    assert head(Features(None, None, sequence, mask)).logits.item() == 10 * 2 + 3 + 0.5
    assert head(Features(sequence[:, :2], None, None, None)).logits.item() == 10 * 2 + 3 + 0.5


def test_the_normalised_mean_by_hand():
    head = MeanHead(2, 1, 0.5).eval()
    with torch.no_grad():
        head.pool.scale.fill_(10.0)
        head.linear.weight[:] = torch.tensor([[1.0, 10.0]])
        head.bias[:] = 0.5
    # the mean is (3, 4) of length 5, so (6, 8) when scaled to 10
    sequence = torch.tensor([[[6.0, 0.0], [0.0, 8.0], [99.0, 99.0]]])
    mask = torch.tensor([[True, True, False]])
    assert head(Features(None, None, sequence, mask)).logits.item() == pytest.approx(86.5)
    assert head(Features(sequence[:, :2], None, None, None)).logits.item() == pytest.approx(86.5)


@pytest.mark.parametrize("make", [PooledHead, MeanHead])
def test_dropout_is_used_only_in_training(make):
    head = make(6, 3, 0.5)
    torch.nn.init.normal_(head.linear.weight)
    films = Features(torch.randn(2, 5, 6), None, None, None)
    assert not torch.equal(head.train()(films).logits, head(films).logits)
    assert torch.equal(head.eval()(films).logits, head(films).logits)


@pytest.mark.parametrize("make", [PooledHead, MeanHead])
def test_a_head_for_one_modality_refuses_two(make):
    mask = torch.ones(2, 4, dtype=torch.bool)
    with pytest.raises(ValueError, match="got two"):
        make(6, 3, 0.0)(Features(torch.randn(2, 5, 6), None, torch.randn(2, 4, 6), mask))


def test_evidence_by_hand():
    head = MeanHead(2, 1, 0.5).eval()
    with torch.no_grad():
        head.pool.scale.fill_(10.0)
        head.linear.weight[:] = torch.tensor([[1.0, 10.0]])
    # of the logit of 86, as above, (6, 0) gives 6 · 10 / 5 / 2 and (0, 8) the rest
    sequence = torch.tensor([[[6.0, 0.0], [0.0, 8.0], [99.0, 99.0]]])
    output = head(Features(None, None, sequence, torch.tensor([[True, True, False]])))
    assert output.overview_evidence.tolist() == [[pytest.approx([6.0, 80.0, 0.0])]]
    assert output.poster_evidence is None
    assert head(Features(sequence[:, :2], None, None, None)).poster_evidence is not None
    assert head.train()(Features(sequence, None, None, None)).poster_evidence is None


@pytest.mark.parametrize("make", [PooledHead, MeanHead])
def test_a_film_of_only_padding_is_finite_and_changes_no_other(make):
    head = make(6, 3, 0.0).eval()
    torch.nn.init.normal_(head.linear.weight)
    words = torch.randn(3, 4, 6)
    mask = torch.tensor([[True] * 4, [False] * 4, [True, False, False, False]])
    logits = head(Features(None, None, words, mask)).logits
    assert torch.isfinite(logits).all()
    logits.sum().backward()
    alone = head(Features(None, None, words[:1], mask[:1])).logits
    assert torch.allclose(logits[:1], alone, atol=1e-5)


def test_features_by_hand():
    head = MeanHead(2, 1, 0.5).eval()
    with torch.no_grad():
        head.pool.scale.fill_(10.0)
    sequence = torch.tensor([[[6.0, 0.0], [0.0, 8.0], [99.0, 99.0]]])
    mask = torch.tensor([[True, True, False]])
    output = head(Features(None, None, sequence, mask))
    assert output.overview_features.tolist() == [pytest.approx([6.0, 8.0])]
    assert output.overview_parts.tolist() == [
        [pytest.approx([6.0, 0.0]), pytest.approx([0.0, 8.0]), [0.0, 0.0]]
    ]
    assert output.poster_features is None
    pooled = PooledHead(2, 1, 0.5).eval()(Features(sequence[:, :2], None, None, None))
    assert pooled.poster_features.tolist() == [[3.0, 4.0, 6.0, 8.0]]  # mean, then maximum
    assert pooled.poster_parts is None  # a maximum is no sum

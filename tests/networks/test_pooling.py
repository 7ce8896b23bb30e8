import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.networks.features import Features
from posterplot.networks.pooling import Pool, mean_and_max, modality_sequences

SEQUENCE = torch.tensor([[[3.0, 0.0], [1.0, 4.0], [9.0, 9.0]]])
MASK = torch.tensor([[True, True, False]])


def test_the_mean_of_the_real_positions_gets_the_learned_length():
    pool = Pool(2)
    pool.scale.data = torch.tensor(2.0)
    # the mean is (2, 2), of length sqrt(8)
    expected = torch.tensor([[2.0, 2.0]]) * 2 / 8**0.5
    assert torch.allclose(pool(SEQUENCE, MASK), expected)
    assert not pool(SEQUENCE, torch.zeros_like(MASK)).any()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), width=st.integers(1, 5), length=st.integers(1, 6))
def test_parts_sum_to_the_pooled_features(seed, width, length):
    generator = torch.Generator().manual_seed(seed)
    sequence = torch.randn(3, length, width, generator=generator)
    mask = torch.rand(3, length, generator=generator) < 0.6
    pool = Pool(width)
    parts = pool.parts(sequence, mask)
    assert torch.allclose(parts.sum(dim=1), pool(sequence, mask), atol=1e-5)
    assert not parts[~mask].any()


def test_mean_and_maximum():
    pooled = mean_and_max(SEQUENCE, MASK)
    assert pooled.tolist() == [[2.0, 2.0, 3.0, 4.0]]
    assert not mean_and_max(SEQUENCE, torch.zeros_like(MASK)).any()


def test_an_absent_poster_is_masked_as_a_whole():
    features = Features(
        patches=torch.zeros(2, 4, 3),
        poster_present=torch.tensor([True, False]),
        token_features=None,
        token_mask=None,
    )
    [(name, sequence, mask)] = modality_sequences(features)
    assert (name, sequence.shape) == ("poster", (2, 4, 3))
    assert mask.tolist() == [[True] * 4, [False] * 4]

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from posterplot.networks import GenreNetwork, OverviewLSTM, PooledHead


def _encoder() -> OverviewLSTM:
    torch.manual_seed(0)
    return OverviewLSTM(30, embedding=8, hidden=5, word_dropout=0.5, dropout=0.5).eval()


def _mask(lengths, longest):
    return torch.arange(longest)[None] < torch.tensor(lengths)[:, None]


def test_it_equals_a_bidirectional_lstm_over_packed_sequences():
    encoder = _encoder()
    lengths = [6, 3, 1]
    mask = _mask(lengths, 6)
    tokens = torch.randint(2, 30, (3, 6)) * mask
    oracle = torch.nn.LSTM(8, 5, batch_first=True, bidirectional=True)
    weights = {f"{k}": v for k, v in encoder.lstm.forward_lstm.state_dict().items()}
    weights |= {f"{k}_reverse": v for k, v in encoder.lstm.backward_lstm.state_dict().items()}
    oracle.load_state_dict(weights)
    packed = pack_padded_sequence(encoder.embedding(tokens), lengths, batch_first=True)
    expected, _ = pad_packed_sequence(oracle(packed)[0], batch_first=True)
    features = encoder(tokens, mask)
    assert torch.allclose(features[mask], expected[mask], atol=1e-6)


@pytest.mark.parametrize("padding", [1, 40])
def test_padding_changes_nothing(padding):
    network = GenreNetwork(None, _encoder(), PooledHead(10, 4, 0.3)).eval()
    tokens = torch.randint(2, 30, (2, 7))
    mask = _mask([7, 4], 7)
    tokens = tokens * mask
    longer = torch.nn.functional.pad(tokens, (0, padding))
    longer_mask = torch.nn.functional.pad(mask, (0, padding))
    assert torch.allclose(
        network(tokens, mask).logits, network(longer, longer_mask).logits, atol=1e-6
    )


def test_an_absent_overview_gives_finite_logits():
    network = GenreNetwork(None, _encoder(), PooledHead(10, 4, 0.3)).eval()
    logits = network(
        torch.zeros(1, 3, dtype=torch.long), torch.zeros(1, 3, dtype=torch.bool)
    ).logits
    assert torch.allclose(logits[0], network.head.linear.bias)

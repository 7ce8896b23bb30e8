import pytest
import torch
import transformers

from posterplot.networks import TransformerEncoder, TransformerLSTM

WORDS = 40
SIZE = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "vocab_size": WORDS,
    "max_position_embeddings": 64,
}
STILL = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
MODELS = {
    "bert": lambda **o: transformers.BertModel(transformers.BertConfig(**SIZE, **o)),
    "roberta": lambda **o: transformers.RobertaModel(
        transformers.RobertaConfig(**SIZE, pad_token_id=1, **o)
    ),
    "mpnet": lambda **o: transformers.MPNetModel(
        transformers.MPNetConfig(**SIZE, pad_token_id=1, **o)
    ),
}


def _encoder(kind="bert", options=STILL, **settings):
    torch.manual_seed(0)
    return TransformerEncoder(MODELS[kind](**options), **settings)


def _overviews(lengths, longest, seed=0):
    drawn = torch.Generator().manual_seed(seed)
    mask = torch.arange(longest)[None] < torch.tensor(lengths)[:, None]
    return torch.randint(5, WORDS, (len(lengths), longest), generator=drawn) * mask, mask


@pytest.mark.parametrize("kind", MODELS)
def test_an_encoded_overview_does_not_depend_on_padding_or_other_films(kind):
    encoder = _encoder(kind).eval()
    lengths = [7, 3, 1]
    tokens, mask = _overviews(lengths, 7)
    features = encoder(tokens, mask)
    assert features.shape == (3, 7, encoder.width) == (3, 7, 16)
    for n, length in enumerate(lengths):
        alone = encoder.model(input_ids=tokens[n : n + 1, :length]).last_hidden_state[0]
        assert torch.allclose(features[n, :length], alone, atol=1e-5)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("padding", [1, 20])
def test_more_padding_changes_nothing(kind, padding):
    encoder = _encoder(kind).eval()
    tokens, mask = _overviews([7, 3, 0], 7)
    longer = torch.nn.functional.pad(tokens, (0, padding))
    features = encoder(longer, torch.nn.functional.pad(mask, (0, padding)))
    assert torch.allclose(features[:, :7][mask], encoder(tokens, mask)[mask], atol=1e-5)


@pytest.mark.parametrize("kind", MODELS)
def test_an_absent_overview_gives_numbers_and_gradients(kind):
    encoder = _encoder(kind).train()
    tokens, mask = _overviews([0, 2], 2)
    words = encoder(tokens, mask)
    assert torch.isfinite(words).all()
    words.sum().backward()
    learnt = [p.grad for p in encoder.parameters() if p.grad is not None]
    assert learnt
    assert all(torch.isfinite(gradient).all() for gradient in learnt)


def test_the_pooler_is_left_out():
    encoder = _encoder()
    assert not any("pooler" in name for name in encoder.state_dict())


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("layers", [-1, 0, 2, 3])
def test_frozen_layers_do_not_learn(kind, layers):
    encoder = _encoder(kind, frozen_layers=layers)
    for name, parameter in encoder.named_parameters():
        frozen = layers >= 0 and name.startswith("model.embeddings.")
        for n in range(layers):
            frozen = frozen or name.startswith(f"model.encoder.layer.{n}.")
        assert parameter.requires_grad is not frozen, name


def test_too_many_frozen_layers_are_refused():
    with pytest.raises(ValueError, match="has 3 layers, not 4 to freeze"):
        _encoder(frozen_layers=4)


def test_an_lstm_over_the_transformer_ignores_padding():
    torch.manual_seed(0)
    encoder = TransformerLSTM(_encoder("mpnet"), hidden=6, dropout=0.5).eval()
    tokens, mask = _overviews([7, 3, 0], 7)
    words = encoder(tokens, mask)
    assert words.shape == (3, 7, encoder.width) == (3, 7, 12)
    assert torch.isfinite(words).all()
    longer = torch.nn.functional.pad(tokens, (0, 9)), torch.nn.functional.pad(mask, (0, 9))
    assert torch.allclose(encoder(*longer)[:, :7][mask], words[mask], atol=1e-5)
    expected = encoder.lstm(encoder.transformer(tokens, mask), mask)
    assert torch.allclose(words[mask], expected[mask], atol=1e-6)

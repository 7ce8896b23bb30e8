import json
import shutil

import pytest
import torch
import transformers
from tests.conftest import write_bert

from posterplot.errors import ConfigError
from posterplot.training.build.pretrained import (
    bare_overview_model,
    load_overview_model,
    longest_overview,
)


def test_a_folder_gives_its_model_and_its_tokenizer(bert):
    model, tokenizer = load_overview_model(str(bert))
    oracle = transformers.BertModel.from_pretrained(bert).eval()
    encoded = tokenizer.encode("Word3 of grief")
    assert encoded.tokens == ["[CLS]", "word3", "[UNK]", "grief", "[SEP]"]
    ids = torch.tensor([encoded.ids])
    expected = oracle(input_ids=ids).last_hidden_state
    assert torch.equal(model.eval()(input_ids=ids).last_hidden_state, expected)


def test_padding_and_truncation_of_a_tokenizer_are_removed(bert, tmp_path):
    folder = shutil.copytree(bert, tmp_path / "bert")
    tokenizer = load_overview_model(str(bert)).tokenizer
    tokenizer.enable_padding(length=9)
    tokenizer.enable_truncation(3)
    tokenizer.save(str(folder / "tokenizer.json"))
    read = load_overview_model(str(folder)).tokenizer
    assert len(read.encode("gun chase blast kiss").ids) == 6


def test_a_tokenizer_with_more_words_than_the_encoder_is_refused(tmp_path):
    write_bert(tmp_path / "bert", vocab_size=20)
    with pytest.raises(ConfigError, match=r"token ids up to 42, its encoder only those below 20"):
        load_overview_model(str(tmp_path / "bert"))


def test_a_folder_whose_weights_are_of_another_depth_is_refused(bert, tmp_path):
    folder = shutil.copytree(bert, tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(ConfigError, match="holds the weights of another architecture") as caught:
        load_overview_model(str(folder))
    line = str(caught.value)
    assert "16 keys are missing" in line
    assert line.count("encoder.layer.2.") == 5
    assert "\n" not in line


@pytest.mark.parametrize("change", [{"hidden_size": 16}, {"model_type": "none"}])
def test_a_folder_that_cannot_be_read_is_one_clear_line(bert, tmp_path, change):
    folder = shutil.copytree(bert, tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ConfigError) as caught:
        load_overview_model(str(folder))
    assert str(caught.value).startswith(str(folder))


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_folder_is_refused(bert, tmp_path, file):
    folder = shutil.copytree(bert, tmp_path / "bert")
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match="cannot be read"):
        load_overview_model(str(folder))


def test_a_model_that_is_not_an_encoder_is_refused(bert, tmp_path):
    config = transformers.T5Config(
        d_model=8, d_ff=8, d_kv=4, num_layers=1, num_heads=2, vocab_size=60
    )
    transformers.T5Model(config).save_pretrained(tmp_path)
    shutil.copy(bert / "tokenizer.json", tmp_path)
    with pytest.raises(ConfigError, match="is not an encoder"):
        load_overview_model(str(tmp_path))


def test_longest_overviews():
    sizes = {"hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1}
    sizes |= {"intermediate_size": 4, "vocab_size": 10, "max_position_embeddings": 20}
    bert = transformers.BertModel(transformers.BertConfig(**sizes))
    roberta = transformers.RobertaModel(transformers.RobertaConfig(**sizes, pad_token_id=1))
    for model, longest in ((bert, 20), (roberta, 18)):
        assert longest_overview(model) == longest
        model(input_ids=torch.full((1, longest), 5))
        with pytest.raises((IndexError, RuntimeError)):
            model(input_ids=torch.full((1, longest + 1), 5))


def test_relative_positions_have_no_limit():
    """XLNet says -1."""
    sizes = {"d_model": 8, "n_layer": 1, "n_head": 2, "d_inner": 8, "vocab_size": 10}
    model = transformers.XLNetModel(transformers.XLNetConfig(**sizes))
    assert longest_overview(model) is None


def test_attention_dropout_of_an_encoder_without_it_is_refused(bert, tmp_path):
    config = transformers.XLNetConfig(d_model=8, n_layer=1, n_head=2, d_inner=8, vocab_size=60)
    transformers.XLNetModel(config).save_pretrained(tmp_path)
    shutil.copy(bert / "tokenizer.json", tmp_path)
    with pytest.raises(ConfigError, match=r"overview.attention_dropout: .* no attention dropout"):
        load_overview_model(str(tmp_path), attention_dropout=0.1)


def test_a_package_of_overview_weights_is_loaded(overview_wheel, bert):
    result, expected = load_overview_model("test-words"), load_overview_model(str(bert))
    assert result.tokenizer.to_str() == expected.tokenizer.to_str()
    weights = result.model.state_dict()
    assert all(torch.equal(weights[k], v) for k, v in expected.model.state_dict().items())


def test_a_bare_model_without_its_configuration_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"neither a folder with a config.json"):
        bare_overview_model(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        bare_overview_model(str(tmp_path))
    assert "\n" not in str(caught.value)

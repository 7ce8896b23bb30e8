"""Choose the device and the precision of training on this machine."""

import torch

from posterplot.training.config.fit import FitConfig
from posterplot.training.config.section import Precision


def training_device(fit: FitConfig) -> torch.device:
    """Return the device: the accelerator, if there is one and the configuration allows it."""
    found = None if fit.accelerator == "cpu" else torch.accelerator.current_accelerator(True)
    return found or torch.device("cpu")


def usable_precision(fit: FitConfig) -> Precision:
    """Return the configured precision, or float32 on processors without bfloat16.

    Processors without 512-bit vectors only emulate bfloat16. A processor with AVX2 trained MiniLM
    on 14 texts per second in float32, and on half a text per second in bfloat16.
    """
    on_cpu = training_device(fit).type == "cpu"
    # on a CPU, Lightning computes in bfloat16 for "16-mixed" too
    return "32-true" if on_cpu and not cpu_has_bfloat16() else fit.precision


def cpu_has_bfloat16() -> bool:
    """Return whether this processor computes in bfloat16 at least as fast as in float32."""
    return torch.backends.cpu.get_cpu_capability() not in ("DEFAULT", "NO AVX", "AVX2")

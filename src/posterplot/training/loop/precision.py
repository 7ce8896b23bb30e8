"""Where a machine trains, and in which precision."""

import torch

from posterplot.training.config.fit import FitConfig
from posterplot.training.config.section import Precision


def training_device(fit: FitConfig) -> torch.device:
    """Return what a configuration trains on here: the accelerator, if there is one it may use."""
    found = None if fit.accelerator == "cpu" else torch.accelerator.current_accelerator(True)
    return found or torch.device("cpu")


def usable_precision(fit: FitConfig) -> Precision:
    """Return the precision that was asked for, or float32 where that is far faster.

    Processors that multiply no vectors of 512 bits have no bfloat16 either, and what stands in for
    it is far slower than float32 (on one with AVX2 MiniLM trains on 14 texts a second in float32
    and on one in two seconds in bfloat16).
    """
    on_cpu = training_device(fit).type == "cpu"
    if fit.precision == "bf16-mixed" and on_cpu and not cpu_has_bfloat16():
        return "32-true"
    return fit.precision


def cpu_has_bfloat16() -> bool:
    """Return whether this processor multiplies bfloat16 at least as fast as float32."""
    return torch.backends.cpu.get_cpu_capability() not in ("DEFAULT", "NO AVX", "AVX2")

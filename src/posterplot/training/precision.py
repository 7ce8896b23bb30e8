"""In which precision a machine trains."""

import torch

from posterplot.training.sections import FitConfig, Precision


def usable_precision(fit: FitConfig) -> Precision:
    """Return the precision that was asked for, or float32 where that is far faster.

    Processors that multiply no vectors of 512 bits have no bfloat16 either, and what stands in for
    it is far slower than float32 (on one with AVX2 MiniLM trains on 14 texts a second in float32
    and on one in two seconds in bfloat16).
    """
    on_cpu = fit.accelerator == "cpu" or (
        fit.accelerator == "auto" and not torch.accelerator.is_available()
    )
    if fit.precision == "bf16-mixed" and on_cpu and not cpu_has_bfloat16():
        return "32-true"
    return fit.precision


def cpu_has_bfloat16() -> bool:
    """Return whether this processor multiplies bfloat16 at least as fast as float32."""
    return torch.backends.cpu.get_cpu_capability() not in ("DEFAULT", "NO AVX", "AVX2")

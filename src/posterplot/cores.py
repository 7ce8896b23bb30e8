"""Count the processor cores that this process may use."""

import os
from pathlib import Path

# Linux, cgroup v2: microseconds of processor time that a container may use per period.
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def available_cores() -> int:
    """Return the number of cores, at least 1: the machine's, bounded by affinity and by quota.

    In a container both bounds may be lower than ``os.cpu_count()``.
    """
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    try:
        quota, period = _QUOTA.read_text().split()
        return max(1, min(cores, -(-int(quota) // int(period))))
    except (OSError, ValueError):  # not Linux, or no limit: "max"
        return cores

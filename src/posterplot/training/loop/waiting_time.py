"""Measure the share of the training time spent waiting for data."""

import json
import time
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import Callback

from posterplot.files import new_file

TIMING = "timing.json"


class WaitingTime(Callback):
    """Measures the time of training steps, and the time between them spent reading batches.

    Validation counts as neither. This must be the last callback, because the time of callbacks
    after it would count as waiting. On a GPU, which may still be busy when a step returns, the
    result is an upper bound.

    Attributes:
        waiting: Seconds between steps, in the epochs of this call.
        working: Seconds in steps, in the epochs of this call.

    """

    def __init__(self) -> None:
        self.waiting = 0.0
        self.working = 0.0
        self._since = 0.0

    def on_train_epoch_start(self, *_: Any) -> None:
        """Start to wait for the first batch."""
        self._since = time.perf_counter()

    def on_train_batch_start(self, *_: Any) -> None:
        """Stop waiting."""
        now = time.perf_counter()
        self.waiting += now - self._since
        self._since = now

    def on_train_batch_end(self, *_: Any) -> None:
        """Start to wait."""
        now = time.perf_counter()
        self.working += now - self._since
        self._since = now

    @property
    def share(self) -> float:
        """Waiting time divided by total time, in [0, 1]; 0 before the first step."""
        return self.waiting / max(self.waiting + self.working, 1e-9)

    def write(self, run: Path) -> None:
        """Write ``timing.json`` to the run. It is not in the bundle, which must be reproducible."""
        timing = {
            "data_wait_share": round(self.share, 4),
            "step_s": round(self.waiting + self.working, 2),
        }
        with new_file(run / TIMING, replace=True) as temporary:
            temporary.write_text(json.dumps(timing) + "\n", encoding="utf-8")

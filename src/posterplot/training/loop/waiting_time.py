"""How long training waits for its films: whether reading them starves the network."""

import json
import time
from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import Callback

from posterplot.files import new_file

TIMING = "timing.json"


class WaitingTime(Callback):
    """Tells the time of steps from the time between them, in which the next batch is read.

    Validation counts as neither. The last of callbacks, so that what others do after a step does
    not pass for waiting. On a GPU, which may still be busy when a step returns, an upper bound.

    Attributes:
        waiting: seconds, of the epochs of this call.
        working: seconds, likewise.

    """

    def __init__(self) -> None:
        self.waiting = 0.0
        self.working = 0.0
        self._since = 0.0

    def on_train_epoch_start(self, *_: Any) -> None:
        """Begin to wait for the first batch."""
        self._since = time.perf_counter()

    def on_train_batch_start(self, *_: Any) -> None:
        """End waiting."""
        now = time.perf_counter()
        self.waiting += now - self._since
        self._since = now

    def on_train_batch_end(self, *_: Any) -> None:
        """Begin to wait."""
        now = time.perf_counter()
        self.working += now - self._since
        self._since = now

    @property
    def share(self) -> float:
        """Waiting by all time, in [0, 1]; 0 before the first step."""
        return self.waiting / max(self.waiting + self.working, 1e-9)

    def write(self, run: Path) -> None:
        """Write ``timing.json`` into a run: not into its bundle, which is the same every time."""
        told = {
            "data_wait_share": round(self.share, 4),
            "step_s": round(self.waiting + self.working, 2),
        }
        with new_file(run / TIMING, replace=True) as temporary:
            temporary.write_text(json.dumps(told) + "\n", encoding="utf-8")

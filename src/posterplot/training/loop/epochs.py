"""Show the epochs of a training: a bar on a terminal, and a line per epoch.

In logs, long epochs get a line every half a minute as well.
"""

import time
from collections.abc import Callable
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback, RichProgressBar
from rich import get_console

_SECONDS_BETWEEN_LINES = 30


def epoch_callback(log: Callable[[str], None]) -> Callback:
    """Return the callback for standard output, which is a terminal or a log.

    Args:
        log: Called with one line per epoch if standard output is not a terminal.

    """
    console = get_console()
    return EpochBar() if console.is_terminal and not console.is_dumb_terminal else EpochLog(log)


class EpochLog(Callback):
    """Print one line at the end of each epoch, and one every half a minute in it.

    Args:
        log: Called with each line.

    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._started = self._printed = 0.0

    def on_train_epoch_start(self, *_: Any) -> None:
        """Start the clock."""
        self._started = self._printed = time.perf_counter()

    def on_train_batch_end(
        self, trainer: lightning.Trainer, _: Any, __: Any, ___: Any, batch_idx: int
    ) -> None:
        """Print how far the epoch is, if nothing was printed for half a minute."""
        if time.perf_counter() - self._printed >= _SECONDS_BETWEEN_LINES:
            self._printed = time.perf_counter()
            self._log(
                f"step {batch_idx + 1:,} of {trainer.num_training_batches:,} in epoch "
                f"{trainer.current_epoch + 1}/{trainer.max_epochs}"
            )

    def on_train_epoch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Print the line."""
        self._log(_line(trainer, time.perf_counter() - self._started))


class EpochBar(RichProgressBar):
    """Lightning's progress bar, with epochs counted from 1 and a line per epoch above it."""

    def __init__(self) -> None:
        super().__init__(leave=False)
        self._started = 0.0

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Start the clock, and the bar of the epoch."""
        self._started = time.perf_counter()
        super().on_train_epoch_start(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Print the line."""
        super().on_train_epoch_end(trainer, pl_module)
        if self.progress is not None:
            line = _line(trainer, time.perf_counter() - self._started)
            self.progress.console.print(line, highlight=False, soft_wrap=True)

    def _get_train_description(self, current_epoch: int) -> str:
        return f"Epoch {current_epoch + 1}/{self.trainer.max_epochs}"


def _line(trainer: lightning.Trainer, seconds: float) -> str:
    metrics = trainer.callback_metrics
    figures = (f"{name} {metrics[f'validation_{name}'].item():.3f}" for name in ("mAP", "loss"))
    return (
        f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}:"
        f" validation {', '.join(figures)}; {seconds:.0f} s"
    )

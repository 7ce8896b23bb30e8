"""Ctrl-C and SIGTERM amid a training."""

import signal
import threading
from types import FrameType
from typing import Any

from lightning.pytorch.callbacks import Callback


class OwnSignals(Callback):
    """Gives Ctrl-C and SIGTERM back to the program, and sees to it that they end the training.

    Lightning's handler of SIGTERM would send a message to the other processes amid whatever they
    exchange, and wait for an answer that may never come. The program's handlers raise
    :class:`KeyboardInterrupt` wherever the training is. In a destructor, such as that of PyTorch's
    loader, Python ignores it; it is then raised again before the next batch.
    """

    def __init__(self) -> None:
        self._stopped = False
        self._handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}

    def on_train_start(self, *_: Any) -> None:
        """Put the handlers in the place of Lightning's, which are put back in the end."""
        if threading.current_thread() is threading.main_thread():
            for number, handler in self._handlers.items():
                if callable(handler):
                    signal.signal(number, self._handle)

    def on_train_batch_start(self, *_: Any) -> None:
        """Stop if a signal came."""
        self._check()

    def on_validation_batch_start(self, *_: Any) -> None:
        """Stop if a signal came."""
        self._check()

    def on_train_epoch_end(self, *_: Any) -> None:
        """Stop if a signal came."""
        self._check()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._stopped = True
        handler = self._handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    def _check(self) -> None:
        if self._stopped:
            raise KeyboardInterrupt

"""Handle Ctrl-C and SIGTERM during training."""

import signal
import threading
from types import FrameType
from typing import Any

from lightning.pytorch.callbacks import Callback


class OwnSignals(Callback):
    """Keeps the program's signal handlers during training, so that signals end the training.

    Lightning's handler of SIGTERM would send a message to the other processes while they
    exchange data, and wait for an answer that may never come. The program's handlers raise
    :class:`KeyboardInterrupt` wherever the training is. In a destructor, such as that of PyTorch's
    loader, Python ignores it; it is then raised again before the next batch.

    Attributes:
        stopped: Whether a signal has come.

    """

    def __init__(self) -> None:
        self.stopped = False
        self._handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}

    def on_train_start(self, *_: Any) -> None:
        """Replace Lightning's handlers by the program's."""
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
        self.stopped = True
        handler = self._handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    def _check(self) -> None:
        if self.stopped:
            raise KeyboardInterrupt

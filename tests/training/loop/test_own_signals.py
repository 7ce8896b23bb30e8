import signal

import pytest

from posterplot.training.loop.own_signals import OwnSignals


@pytest.fixture(autouse=True)
def handlers():
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Lost:
    """Where Python ignores what is raised."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_a_destructor_loses_is_raised_before_the_next_batch():
    callback = OwnSignals()
    callback.on_train_start()
    callback.on_train_batch_start()
    lost = Lost()
    del lost
    for hook in (callback.on_train_batch_start, callback.on_validation_batch_start):
        with pytest.raises(KeyboardInterrupt):
            hook()


def test_the_handlers_of_the_program_are_called_in_place_of_those_of_lightning():
    seen = []
    signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    callback = OwnSignals()
    signal.signal(signal.SIGTERM, lambda *_: pytest.fail("the handler of Lightning"))
    callback.on_train_start()
    signal.raise_signal(signal.SIGTERM)
    assert seen == [signal.SIGTERM]
    with pytest.raises(KeyboardInterrupt):
        callback.on_train_epoch_end()


def test_without_a_handler_of_the_program_that_of_lightning_stays():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    callback = OwnSignals()
    seen = []
    signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    callback.on_train_start()
    signal.raise_signal(signal.SIGTERM)
    assert seen == [signal.SIGTERM]
    callback.on_train_batch_start()

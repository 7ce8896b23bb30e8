"""The interface that reports the progress of long work."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

# Called with what is done ("predicting") and the number of films. Returns a context with a function
# to call with the number of films finished since the last call.
Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@contextmanager
def no_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show nothing."""
    yield lambda films: None

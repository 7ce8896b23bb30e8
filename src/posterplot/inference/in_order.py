"""Process items on all cores, and yield the results in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from posterplot.cores import available_cores

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_order(
    work: Callable[[_Item], _Result],
    items: Iterable[_Item],
    ahead: int,
    threads: int | None = None,
) -> Iterator[_Result]:
    """Yield ``work(item)`` for each item, in order. By default one item per core runs at a time.

    Args:
        work: Called from several threads.
        items: Any number of items. They are iterated in the calling thread.
        ahead: Number of items that are taken before the first result is yielded, so that a slow
            item does not idle the cores.
        threads: Number of threads; by default one for each core.
    """
    pool = ThreadPoolExecutor(threads or available_cores())
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) == ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also if the caller stops early
        pool.shutdown(cancel_futures=True)

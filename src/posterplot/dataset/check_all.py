"""Check the films of a catalogue on all cores."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from posterplot.catalogue import Catalogue
from posterplot.cores import available_cores
from posterplot.dataset.check import Checked, check_film
from posterplot.dataset.poster_log import LoggedPoster, PosterLog
from posterplot.films import Film, Rejected

# Films per task: enough that handing a task to a thread costs little in comparison.
_FILMS_PER_TASK = 16
# Tasks in flight per core: enough that no core idles, few enough to limit memory.
_TASKS_PER_CORE = 3

_Item = tuple[Film | Rejected, LoggedPoster | None]


def check_all(
    catalogue: Catalogue,
    pool: ThreadPoolExecutor,
    log: PosterLog,
    advance: Callable[[int], None] = lambda films: None,
) -> Iterator[Checked]:
    """Check the films, and yield them in the catalogue's order.

    Threads, not processes: Pillow decodes outside the interpreter's lock, and nothing has to be
    copied from process to process.

    Args:
        catalogue: An opened catalogue.
        pool: Threads that check the films.
        log: Log of the posters: entries of an earlier call are read, and new ones appended.
        advance: Called with the number of rows done since the last call.
    """
    benchmark = catalogue.table.benchmark
    rows = ((item, log.next() if isinstance(item, Film) else None) for item in catalogue.films())
    tasks = iter(lambda: list(itertools.islice(rows, _FILMS_PER_TASK)), [])
    waiting: deque[Future[list[Checked]]] = deque()
    while True:
        while len(waiting) < _TASKS_PER_CORE * available_cores() and (task := next(tasks, [])):
            waiting.append(pool.submit(_check, task, benchmark))
        if not waiting:
            return
        done = waiting.popleft().result()
        for item in done:
            if item.logged is not None:
                log.add(item.logged)
        yield from done
        advance(sum(item.film is not None or item.rejected[0].part == "film" for item in done))


def _check(items: list[_Item], unlabelled: bool) -> list[Checked]:
    return [
        Checked(None, (item,))
        if isinstance(item, Rejected)
        else check_film(item, unlabelled=unlabelled, known=known)
        for item, known in items
    ]

"""Requests that come together are answered together: a bounded queue and one thread.

Nothing is waited for: while the thread answers, films gather, and the next batch is all of them. So
a lone request pays no delay, and many use every core. One thread asks, because batches beside one
another would share the same cores: the films of a batch are answered a core each, as offline.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from posterplot.films import Film
from posterplot.inference.prediction_files import Line, lines
from posterplot.inference.predictor import Predictor
from posterplot.serve.http.problems import busy
from posterplot.serve.limits import ANSWER_SECONDS, MAX_FILMS, MAX_WAITING

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Job:
    """Films to predict, or other work that needs the thread."""

    films: Sequence[Film]
    work: Callable[[], Any] | None
    done: "asyncio.Future[Any]"

    @property
    def size(self) -> int:
        return 1 if self.work else len(self.films)


class Batcher:
    """A predictor that concurrent requests share; an async context manager.

    Args:
        predictor: of a bundle.
        most: films of a batch.
        ran: is told how many films each batch had.

    Attributes:
        waiting: films and explanations whose turn has not come.

    """

    def __init__(
        self,
        predictor: Predictor,
        most: int = MAX_FILMS,
        ran: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.predictor = predictor
        self.waiting = 0
        self._most = most
        self._ran = ran
        self._jobs: deque[_Job] = deque()
        self._came = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "posterplot-batches")

    async def __aenter__(self) -> Self:
        self._answering = asyncio.create_task(self._answer_all())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Finish what was begun."""
        self._answering.cancel()
        with suppress(asyncio.CancelledError):
            await self._answering
        self._thread.shutdown()

    async def predict(self, films: Sequence[Film]) -> list[Line]:
        """Return a line a film, in order; see :func:`posterplot.inference.prediction_files.lines`.

        Raises:
            CallError: 503: too many wait, or its turn did not come in time.

        """
        lines_of_films: list[Line] = await self._wait_for(films, None)
        return lines_of_films

    async def call(self, work: Callable[[], _T]) -> _T:
        """Return what ``work`` does in the predictor's thread, when its turn comes.

        Raises:
            CallError: 503, as above.

        """
        value: _T = await self._wait_for((), work)
        return value

    async def _wait_for(self, films: Sequence[Film], work: Callable[[], Any] | None) -> Any:
        job = _Job(films, work, asyncio.get_running_loop().create_future())
        if self.waiting + job.size > MAX_WAITING:
            raise busy(f"{self.waiting} films wait already")
        self.waiting += job.size
        self._jobs.append(job)
        self._came.set()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await job.done  # cancelled, it is passed over
        except TimeoutError:
            raise busy(f"its turn did not come within {ANSWER_SECONDS:.0f} s") from None

    async def _answer_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._came.wait()
            jobs = [job for job in self._next() if not job.done.done()]
            if not jobs:
                continue
            work = jobs[0].work or partial(self._predict, jobs)
            try:
                said = await loop.run_in_executor(self._thread, work)
            except Exception as error:  # one bad batch must not stop the service
                for job in jobs:
                    _settle(job, error=error)
                continue
            for job, answer in zip(jobs, [said] if jobs[0].work else said, strict=True):
                _settle(job, answer)

    def _next(self) -> list[_Job]:
        """Take the next job off the queue, and if it has films, those after it that have."""
        jobs = [self._jobs.popleft()]
        films = jobs[0].size
        while self._jobs and not (jobs[0].work or self._jobs[0].work):
            films += self._jobs[0].size
            if films > self._most:
                break
            jobs.append(self._jobs.popleft())
        self.waiting -= sum(job.size for job in jobs)
        if not self._jobs:
            self._came.clear()
        return jobs

    def _predict(self, jobs: Sequence[_Job]) -> list[list[Line]]:
        films = [film for job in jobs for film in job.films]
        self._ran(len(films))
        answers = lines(self.predictor.predict(films))
        return [[next(answers) for _ in job.films] for job in jobs]


def _settle(job: _Job, answer: Any = None, error: Exception | None = None) -> None:
    """Give a job its answer, unless whoever asked has gone."""
    if job.done.done():
        return
    if error is not None:
        job.done.set_exception(error)
    else:
        job.done.set_result(answer)

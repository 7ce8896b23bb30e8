"""Concurrent requests share one predictor: a bounded queue, and one thread that empties it.

Nothing waits for a batch to fill up: while the thread runs one batch, films gather for the next.
A single request has no delay, and many requests use every core. There is one thread because two
batches at a time would compete for the same cores: a batch already runs one film per core.
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
from posterplot.inference.prediction_files import PredictionRow, prediction_rows
from posterplot.inference.predictor import Predictor
from posterplot.serve.limits import MAX_FILMS, MAX_QUEUED, RESPONSE_SECONDS

_T = TypeVar("_T")


class OverloadedError(Exception):
    """The queue is full, or a job did not finish in time."""


@dataclass(frozen=True, slots=True)
class _Job:
    """Films to predict, or another function to run in the predictor's thread."""

    films: Sequence[Film]
    function: Callable[[], Any] | None
    result: "asyncio.Future[Any]"

    @property
    def size(self) -> int:
        return 1 if self.function else len(self.films)


class Batcher:
    """A predictor that concurrent requests share; an async context manager.

    Args:
        predictor: of a bundle.
        max_films: largest number of films in a batch.
        on_batch: called with the number of films of each batch.

    Attributes:
        queued: number of films and explanations in the queue.

    """

    def __init__(
        self,
        predictor: Predictor,
        max_films: int = MAX_FILMS,
        on_batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.predictor = predictor
        self.queued = 0
        self._max_films = max_films
        self._on_batch = on_batch
        self._jobs: deque[_Job] = deque()
        self._has_jobs = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "posterplot-batches")

    async def __aenter__(self) -> Self:
        self._worker = asyncio.create_task(self._run_jobs())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Finish the batch that is running."""
        self._worker.cancel()
        with suppress(asyncio.CancelledError):
            await self._worker
        self._thread.shutdown()

    async def predict(self, films: Sequence[Film]) -> list[PredictionRow]:
        """Return one row per film, in order.

        :func:`posterplot.inference.prediction_files.prediction_rows` describes a row.

        Raises:
            OverloadedError: the queue is full, or the films were not predicted in time.

        """
        predictions: list[PredictionRow] = await self._queue(films, None)
        return predictions

    async def run(self, function: Callable[[], _T]) -> _T:
        """Run a function in the predictor's thread and return its result.

        Raises:
            OverloadedError: as in :meth:`predict`.

        """
        value: _T = await self._queue((), function)
        return value

    async def _queue(self, films: Sequence[Film], function: Callable[[], Any] | None) -> Any:
        job = _Job(films, function, asyncio.get_running_loop().create_future())
        if self.queued + job.size > MAX_QUEUED:
            raise OverloadedError(f"{self.queued} films are already in the queue")
        self.queued += job.size
        self._jobs.append(job)
        self._has_jobs.set()
        try:
            async with asyncio.timeout(RESPONSE_SECONDS):
                return await job.result  # once cancelled, the job is skipped
        except TimeoutError:
            what = f"the request was not processed within {RESPONSE_SECONDS:.0f} s"
            raise OverloadedError(what) from None

    async def _run_jobs(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._has_jobs.wait()
            jobs = [job for job in self._next_batch() if not job.result.done()]
            if not jobs:
                continue
            function = jobs[0].function or partial(self._predict, jobs)
            try:
                value = await loop.run_in_executor(self._thread, function)
            except Exception as error:  # one bad batch must not stop the service
                for job in jobs:
                    if not job.result.done():
                        job.result.set_exception(error)
                continue
            values = [value] if jobs[0].function else value
            for job, result in zip(jobs, values, strict=True):
                if not job.result.done():  # the client may have disconnected
                    job.result.set_result(result)

    def _next_batch(self) -> list[_Job]:
        """Take the next job off the queue, and if it has films, the following jobs with films."""
        jobs = [self._jobs.popleft()]
        films = jobs[0].size
        while self._jobs and not (jobs[0].function or self._jobs[0].function):
            films += self._jobs[0].size
            if films > self._max_films:
                break
            jobs.append(self._jobs.popleft())
        self.queued -= sum(job.size for job in jobs)
        if not self._jobs:
            self._has_jobs.clear()
        return jobs

    def _predict(self, jobs: Sequence[_Job]) -> list[list[PredictionRow]]:
        films = [film for job in jobs for film in job.films]
        self._on_batch(len(films))
        predictions = prediction_rows(self.predictor.predict(films))
        return [[next(predictions) for _ in job.films] for job in jobs]

"""Share one predictor between concurrent requests, through a bounded queue and one thread.

Explanations take a hundred times as long as predictions. They have a queue and a thread of their
own, so that no prediction waits for one.

Nothing waits for a batch to fill up: while the thread runs one batch, films are collected for the
next. A single request has no delay, and many requests use every core. There is one thread because
two batches at a time would compete for the same cores: a batch already runs one film per core.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from posterplot.films import Film
from posterplot.inference.prediction_files import PredictionRow, prediction_rows
from posterplot.inference.predictor import Predictor
from posterplot.serve.limits import (
    MAX_EXPLANATIONS,
    MAX_FILMS,
    MAX_QUEUED,
    RESPONSE_SECONDS,
)

_T = TypeVar("_T")


class OverloadedError(Exception):
    """The queue is full, or a job did not finish in time."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """Films of one request."""

    films: Sequence[Film]
    result: "asyncio.Future[list[PredictionRow]]"


class Batcher:
    """A predictor that concurrent requests share; an async context manager.

    Args:
        predictor: Predictor of a bundle.
        max_films: Largest number of films in a batch.
        on_batch: Called with the number of films of each batch.

    Attributes:
        queued: Number of films in the queue.
        explaining: Number of explanations in their queue, with the one that runs.

    """

    def __init__(
        self,
        predictor: Predictor,
        max_films: int = MAX_FILMS,
        on_batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.predictor = predictor
        self.queued = 0
        self.explaining = 0
        self._max_films = max_films
        self._on_batch = on_batch
        self._jobs: deque[_Job] = deque()
        self._has_jobs = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "posterplot-batches")
        self._explainer = ThreadPoolExecutor(1, "posterplot-explanations")

    async def __aenter__(self) -> Self:
        self._worker = asyncio.create_task(self._run_jobs())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Finish the batch and the explanation that are running."""
        self._worker.cancel()
        with suppress(asyncio.CancelledError):
            await self._worker
        self._thread.shutdown()
        self._explainer.shutdown(cancel_futures=True)

    async def predict(self, films: Sequence[Film]) -> list[PredictionRow]:
        """Return one row per film, in order.

        :func:`posterplot.inference.prediction_files.prediction_rows` describes a row.

        Raises:
            OverloadedError: The queue is full, or the films were not predicted in time.

        """
        job = _Job(films, asyncio.get_running_loop().create_future())
        if self.queued + len(films) > MAX_QUEUED:
            raise OverloadedError(f"{self.queued} films are already in the queue")
        self.queued += len(films)
        self._jobs.append(job)
        self._has_jobs.set()
        try:
            return await _in_time(job.result)
        finally:  # the client has disconnected, or has waited too long
            if job in self._jobs:
                self._jobs.remove(job)
                self.queued -= len(films)

    async def explain(self, function: Callable[[], _T]) -> _T:
        """Run a function that explains a film, in the thread for explanations.

        Raises:
            OverloadedError: Too many explanations are in their queue, or it did not run in time.

        """
        if self.explaining >= MAX_EXPLANATIONS:
            raise OverloadedError(f"{self.explaining} explanations are already in the queue")
        loop = asyncio.get_running_loop()
        self.explaining += 1
        running = self._explainer.submit(function)
        # released even after the request has given up, because the thread is busy until then
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._explained))
        try:
            return await _in_time(asyncio.wrap_future(running))
        except (Exception, asyncio.CancelledError):
            raise
        except BaseException as error:
            raise _as_exception(error) from error

    def _explained(self) -> None:
        self.explaining -= 1

    async def _run_jobs(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._has_jobs.wait()
            jobs = self._next_batch()
            if not jobs:  # they have left the queue
                continue
            try:
                values = await loop.run_in_executor(self._thread, self._predict, jobs)
            except asyncio.CancelledError:  # the service stops
                raise
            # an error in one batch must not stop the service, nor a panic of a library in Rust,
            # which is no Exception
            except BaseException as error:
                failure = _as_exception(error)
                for job in jobs:
                    if not job.result.done():
                        job.result.set_exception(failure)
                continue
            for job, result in zip(jobs, values, strict=True):
                if not job.result.done():  # the client may have disconnected
                    job.result.set_result(result)

    def _next_batch(self) -> list[_Job]:
        """Take the next job from the queue, and further jobs as long as they fit into the batch."""
        jobs: list[_Job] = []
        films = 0
        while self._jobs:
            films += len(self._jobs[0].films)
            if jobs and films > self._max_films:
                break
            jobs.append(self._jobs.popleft())
        self.queued -= sum(len(job.films) for job in jobs)
        if not self._jobs:
            self._has_jobs.clear()
        return jobs

    def _predict(self, jobs: Sequence[_Job]) -> list[list[PredictionRow]]:
        films = [film for job in jobs for film in job.films]
        self._on_batch(len(films))
        predictions = prediction_rows(self.predictor.predict(films))
        return [[next(predictions) for _ in job.films] for job in jobs]


def _as_exception(error: BaseException) -> Exception:
    """Return an error that the handler of a request may raise: others would end the service."""
    return error if isinstance(error, Exception) else RuntimeError(type(error).__name__)


async def _in_time(result: "asyncio.Future[_T]") -> _T:
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            return await result
    except TimeoutError:
        what = f"the request was not processed within {RESPONSE_SECONDS:.0f} s"
        raise OverloadedError(what) from None

import asyncio
import threading

import pytest

from posterplot.films import Film
from posterplot.inference.prediction_files import prediction_rows
from posterplot.serve import batching
from posterplot.serve.batching import Batcher, OverloadedError
from posterplot.serve.limits import MAX_EXPLANATIONS

FILMS = [Film(str(n), overview=f"gun letter kiss word{n}") for n in range(12)]


class Slow:
    """A predictor that waits until ``go`` is set."""

    def __init__(self, predictor):
        self.predictor, self.go, self.started = predictor, threading.Event(), threading.Event()

    def predict(self, films):
        self.started.set()
        assert self.go.wait(5)
        return self.predictor.predict(films)


@pytest.fixture
def slow(predictor):
    return Slow(predictor)


def test_concurrent_requests_share_a_batch(slow, predictor):
    sizes = []

    async def go():
        async with Batcher(slow, max_films=8, on_batch=sizes.append) as batcher:
            first = asyncio.create_task(batcher.predict(FILMS[:1]))
            await asyncio.to_thread(slow.started.wait, 5)
            rest = [asyncio.create_task(batcher.predict([film])) for film in FILMS[1:]]
            await asyncio.sleep(0)
            assert batcher.queued == 11
            slow.go.set()
            return [line for result in await asyncio.gather(first, *rest) for line in result]

    lines_of_films = asyncio.run(go())
    assert sizes == [1, 8, 3]
    for line, expected in zip(
        lines_of_films, prediction_rows(predictor.predict(FILMS)), strict=True
    ):
        assert line["id"] == expected["id"]
        assert line["probabilities"] == pytest.approx(expected["probabilities"], abs=2e-4)


def test_a_full_queue_refuses_films(slow, monkeypatch):
    monkeypatch.setattr(batching, "MAX_QUEUED", 2)

    async def go():
        async with Batcher(slow) as batcher:
            first = asyncio.create_task(batcher.predict(FILMS[:1]))
            await asyncio.to_thread(slow.started.wait, 5)
            second = asyncio.create_task(batcher.predict(FILMS[:2]))
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError, match="2 films are already in the queue"):
                await batcher.predict(FILMS[:1])
            slow.go.set()
            assert len(await first) + len(await second) == 3
            assert batcher.queued == 0

    asyncio.run(go())


def test_a_request_that_waits_too_long_is_refused_and_skipped(slow, monkeypatch):
    monkeypatch.setattr(batching, "RESPONSE_SECONDS", 0.05)
    sizes = []

    async def go():
        async with Batcher(slow, on_batch=sizes.append) as batcher:
            first = asyncio.create_task(batcher.predict(FILMS[:1]))
            await asyncio.to_thread(slow.started.wait, 5)
            for task in (asyncio.create_task(batcher.predict(FILMS[:5])), first):
                with pytest.raises(OverloadedError, match="not processed within"):
                    await task
            assert batcher.queued == 0
            slow.go.set()
            monkeypatch.setattr(batching, "RESPONSE_SECONDS", 5)
            assert len(await batcher.predict(FILMS[:2])) == 2

    asyncio.run(go())
    assert sizes == [1, 2]


def test_a_batch_that_fails_does_not_stop_the_queue(predictor):
    async def go():
        async with Batcher(predictor) as batcher:
            with pytest.raises(ZeroDivisionError):
                await batcher.explain(lambda: 1 / 0)
            assert await batcher.explain(lambda: 7) == 7
            assert len(await batcher.predict(FILMS[:1])) == 1

    asyncio.run(go())


class Panic(BaseException):
    """As pyo3's PanicException, of a tokenizer for example."""


def test_a_panic_does_not_stop_the_queue(predictor, monkeypatch):
    def panic(*_):
        raise Panic

    async def go():
        async with Batcher(predictor) as batcher:
            with monkeypatch.context() as patch:
                patch.setattr(predictor, "predict", panic)
                with pytest.raises(RuntimeError, match="Panic"):
                    await batcher.predict(FILMS[:1])
            with pytest.raises(RuntimeError, match="Panic"):
                await batcher.explain(panic)
            assert len(await batcher.predict(FILMS[:1])) == 1
            assert await batcher.explain(lambda: 7) == 7
            assert batcher.queued == 0

    asyncio.run(go())


def test_predictions_are_never_behind_explanations(predictor):
    """However many explanations wait, and however long the first takes."""
    go = threading.Event()

    async def all_at_once():
        async with Batcher(predictor) as batcher:
            explanations = [
                asyncio.create_task(batcher.explain(lambda: go.wait(20)))
                for _ in range(MAX_EXPLANATIONS)
            ]
            await asyncio.sleep(0)
            assert batcher.explaining == MAX_EXPLANATIONS
            assert batcher.queued == 0
            with pytest.raises(OverloadedError, match="16 explanations are already in the queue"):
                await batcher.explain(lambda: 1)
            rows = await asyncio.wait_for(batcher.predict(FILMS), 15)
            assert not any(task.done() for task in explanations)
            go.set()
            assert all(await asyncio.gather(*explanations))
            await asyncio.sleep(0)
            return rows, batcher.explaining

    rows, left = asyncio.run(all_at_once())
    assert len(rows) == len(FILMS)
    assert left == 0


def test_an_explanation_that_takes_too_long_counts_until_it_ends(predictor, monkeypatch):
    monkeypatch.setattr(batching, "RESPONSE_SECONDS", 0.05)
    go = threading.Event()

    async def wait():
        async with Batcher(predictor) as batcher:
            with pytest.raises(OverloadedError, match="not processed within"):
                await batcher.explain(lambda: go.wait(20))
            assert batcher.explaining == 1
            go.set()
            while batcher.explaining:
                await asyncio.sleep(0.01)

    asyncio.run(wait())

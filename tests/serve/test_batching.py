import asyncio
import threading

import pytest

from posterplot.films import Film
from posterplot.inference.prediction_files import lines
from posterplot.serve import batching
from posterplot.serve.batching import Batcher
from posterplot.serve.http.problems import CallError

FILMS = [Film(str(n), overview=f"gun letter kiss word{n}") for n in range(12)]


class Slow:
    """A predictor that waits to be let go, and notes what it is asked."""

    def __init__(self, predictor):
        self.predictor, self.go, self.begun = predictor, threading.Event(), threading.Event()

    def predict(self, films):
        self.begun.set()
        assert self.go.wait(5)
        return self.predictor.predict(films)


@pytest.fixture
def slow(predictor):
    return Slow(predictor)


def test_what_comes_together_is_answered_together(slow, predictor):
    sizes = []

    async def go():
        async with Batcher(slow, most=8, ran=sizes.append) as batcher:
            first = asyncio.create_task(batcher.predict(FILMS[:1]))
            await asyncio.to_thread(slow.begun.wait, 5)
            rest = [asyncio.create_task(batcher.predict([film])) for film in FILMS[1:]]
            await asyncio.sleep(0)
            assert batcher.waiting == 11
            slow.go.set()
            return [line for answer in await asyncio.gather(first, *rest) for line in answer]

    answers = asyncio.run(go())
    assert sizes == [1, 8, 3]
    for line, alone in zip(answers, lines(predictor.predict(FILMS)), strict=True):
        assert line["id"] == alone["id"]
        assert line["probabilities"] == pytest.approx(alone["probabilities"], abs=2e-4)


def test_no_more_wait_than_may(slow, monkeypatch):
    monkeypatch.setattr(batching, "MAX_WAITING", 2)

    async def go():
        async with Batcher(slow) as batcher:
            first = asyncio.create_task(batcher.predict(FILMS[:1]))
            await asyncio.to_thread(slow.begun.wait, 5)
            second = asyncio.create_task(batcher.predict(FILMS[:2]))
            await asyncio.sleep(0)
            with pytest.raises(CallError) as refused:
                await batcher.predict(FILMS[:1])
            assert refused.value.details.status == 503
            assert "Retry-After" in refused.value.headers
            slow.go.set()
            assert len(await first) + len(await second) == 3
            assert batcher.waiting == 0

    asyncio.run(go())


def test_who_waits_too_long_is_told_and_passed_over(slow, monkeypatch):
    monkeypatch.setattr(batching, "ANSWER_SECONDS", 0.05)
    sizes = []

    async def go():
        async with Batcher(slow, ran=sizes.append) as batcher:
            first = asyncio.create_task(batcher.predict(FILMS[:1]))
            await asyncio.to_thread(slow.begun.wait, 5)
            for task in (asyncio.create_task(batcher.predict(FILMS[:5])), first):
                with pytest.raises(CallError, match="its turn"):
                    await task
            slow.go.set()
            monkeypatch.setattr(batching, "ANSWER_SECONDS", 5)
            assert len(await batcher.predict(FILMS[:2])) == 2

    asyncio.run(go())
    assert sizes == [1, 2]


def test_a_batch_that_fails_stops_nothing(predictor):
    async def go():
        async with Batcher(predictor) as batcher:
            with pytest.raises(ZeroDivisionError):
                await batcher.call(lambda: 1 / 0)
            assert await batcher.call(lambda: 7) == 7
            assert len(await batcher.predict(FILMS[:1])) == 1

    asyncio.run(go())

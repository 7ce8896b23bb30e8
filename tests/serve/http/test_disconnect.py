import asyncio
import json
import threading
import time

import pytest
from starlette.requests import Request
from tests.serve.conftest import OVERVIEW, running
from tests.serve.http.test_server import connect

from posterplot.serve.http.disconnect import while_connected
from posterplot.serve.http.problems import CallError


def request_of(receive):
    return Request({"type": "http", "headers": []}, receive)


async def never():
    await asyncio.Event().wait()


def test_the_result_of_a_client_that_stays():
    async def work():
        return 3

    async def fails():
        raise ValueError("x")

    async def go():
        assert await while_connected(request_of(never), work()) == 3
        with pytest.raises(ValueError, match="x"):
            await while_connected(request_of(never), fails())
        assert len(asyncio.all_tasks()) == 1  # nothing is left behind

    asyncio.run(go())


def test_work_for_a_client_that_leaves_is_cancelled():
    messages = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def receive():
        return messages.pop(0)

    async def go():
        with pytest.raises(CallError, match="the client has disconnected"):
            await while_connected(request_of(receive), never())
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(go())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/explain", {"film": {"overview": OVERVIEW}}),
        ("/v1/predict", {"films": [{"overview": OVERVIEW}]}),
    ],
)
def test_clients_that_leave_free_the_queue(predictor, monkeypatch, path, body):
    go, started = threading.Event(), threading.Event()

    def blocked(*_):
        started.set()
        assert go.wait(10)
        raise RuntimeError

    monkeypatch.setattr("posterplot.serve.http.responses.Responses._explain", blocked)
    monkeypatch.setattr("posterplot.serve.batching.Batcher._predict", blocked)
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(content)}\r\n\r\n"
    with running(predictor) as (server, address):
        batcher = server.config.app.state.batcher

        def waiting():
            jobs = sum(not job.result.done() for job in batcher._jobs)
            return jobs + batcher.explaining - (path == "/v1/explain")

        clients = [connect(address)]
        clients[0].sendall(head.encode() + content)
        assert started.wait(10)
        for _ in range(3):
            clients.append(connect(address))
            clients[-1].sendall(head.encode() + content)
        wait_until(lambda: waiting() == 3)
        for client in clients:
            client.close()
        wait_until(lambda: waiting() == 0)
        assert batcher.queued == 0
        go.set()


def wait_until(happened):
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)

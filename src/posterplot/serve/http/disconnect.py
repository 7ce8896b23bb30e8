"""Stop working for clients that have left."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from posterplot.serve.http.problems import CallError

_T = TypeVar("_T")


async def while_connected(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """Return the result of a coroutine, which is cancelled if the client disconnects before.

    ASGI servers do not cancel a handler themselves.

    Args:
        request: A request whose body has been read.
        work: What is to be done for it.

    Raises:
        CallError: The client has disconnected. Nobody receives this; it is counted in the metrics.

    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise CallError(400, "the client has disconnected", "wait for the response")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass

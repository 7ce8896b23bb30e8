"""ASGI middleware for all paths: access, security headers, metrics and errors."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from posterplot.serve.http.access import AccessRules
from posterplot.serve.http.metrics import Metrics
from posterplot.serve.http.problems import CallError, problem_response
from posterplot.serve.limits import MAX_BODY, MAX_HEAD

log = logging.getLogger("posterplot.serve")

# The page loads nothing from other sites, runs only its own scripts, and cannot be framed.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_LINGER_SECONDS = 5.0


class ServiceMiddleware:
    """The ASGI middleware of the whole service.

    Args:
        app: ASGI application that is wrapped.
        metrics: Metrics in which requests are counted.
        access: Rules that every request must meet.
        label: Maps a path to its label in the metrics.
        is_public: Whether a path needs no token.

    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        access: AccessRules,
        label: Callable[[str], str],
        is_public: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._access = access
        self._label = label
        self._is_public = is_public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the application, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        unread = _UnreadBody(scope, receive)
        status = 0

        async def respond(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if status >= 400 and not unread.ended:
                    headers["connection"] = "close"
                    await unread.drain()
            await send(message)

        try:
            _check_head(scope)
            await self._access.check(scope, is_public=self._is_public(scope["path"]))
            # uvicorn sends no body in response to HEAD
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            await self._app({**scope, "method": method}, unread.receive, respond)
        except CallError as problem:
            await problem_response(problem)(scope, receive, respond)
        except Exception as error:
            # the message is not logged, because it could quote the request
            frame = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s in %s, line %s", type(error).__name__, frame.filename, frame.lineno)
            if status:
                raise
            failed = CallError(500, "the service failed", "report the problem with your request")
            await problem_response(failed)(scope, receive, respond)
        finally:
            seconds = time.perf_counter() - start
            self._metrics.observe(self._label(scope["path"]), scope["method"], status, seconds)


def head_too_large() -> CallError:
    """Return the problem of a request whose path and headers exceed ``MAX_HEAD``."""
    what = f"path and headers of the request are larger than {MAX_HEAD:,} bytes"
    return CallError(431, what, "send fewer and shorter headers")


def _check_head(scope: Scope) -> None:
    """Refuse heads that are too large, or that a proxy may read in another way."""
    names = {name for name, _ in scope["headers"]}
    if {b"content-length", b"transfer-encoding"} <= names:
        what = "the request has both Content-Length and Transfer-Encoding"
        raise CallError(400, what, "send one of them")
    size = sum(len(name) + len(value) for name, value in scope["headers"])
    if size + len(scope["path"]) + len(scope["query_string"]) > MAX_HEAD:
        raise head_too_large()


class _UnreadBody:
    """The part of a body that the application has not read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        self.ended = length == "0" and "transfer-encoding" not in headers
        # A client that sends Expect waits for a response before it sends the body.
        self._client_waits = "expect" in headers
        self._receive = receive

    async def receive(self) -> Message:
        message = await self._receive()
        self.ended = self.ended or not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read on for a moment: a client that is cut off while sending may miss the response."""
        left = 2 * MAX_BODY
        if self._client_waits:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self.ended and left > 0:
                    message: Any = await self.receive()
                    left -= len(message.get("body", b""))

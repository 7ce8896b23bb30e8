"""What stands before every path: who may ask, what every answer carries, what is counted."""

import asyncio
import hmac
import logging
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from posterplot.serve.http.metrics import Metrics
from posterplot.serve.http.problems import CallError, problem_response
from posterplot.serve.limits import MAX_BODY, MAX_HEAD

log = logging.getLogger("posterplot.serve")

# The page asks nothing of any other place, runs no script but its own and is in nobody's frame.
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


class Guard:
    """Middleware over the whole service.

    Args:
        app: what it stands before.
        metrics: that count.
        label: path -> what it is counted as.
        token: that requests must bear; None: none.
        local: whether only names of this machine are answered to: a web page whose own name was
            made to lead to loopback (DNS rebinding) must not reach the service.

    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        label: Callable[[str], str],
        token: str | None,
        local: bool,
        open_paths: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._label = label
        self._token = token.encode() if token else None
        self._local = local
        self._open = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        unread = _Unread(scope, receive)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if status >= 400 and not unread.ended:
                    headers["connection"] = "close"
                    await unread.linger()
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, unread.receive, answer)
        except CallError as problem:
            await problem_response(problem)(scope, receive, answer)
        except Exception as error:
            # where, and of which kind; its message could quote the request
            frame = traceback.extract_tb(error.__traceback__)[-1]
            log.error("%s in %s, line %s", type(error).__name__, frame.filename, frame.lineno)
            if status:
                raise
            failed = CallError(500, "the service failed", "report it, with what you sent")
            await problem_response(failed)(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.observe(self._label(scope["path"]), scope["method"], status, seconds)

    def _check(self, scope: Scope) -> None:
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if size + len(scope["path"]) + len(scope["query_string"]) > MAX_HEAD:
            what = f"the head of the request is larger than {MAX_HEAD:,} bytes"
            raise CallError(431, what, "send fewer and shorter headers")
        headers = Headers(scope=scope)
        if self._local and not is_local(headers.get("host", "")):
            what = "this service answers to names of this machine alone"
            raise CallError(421, what, "ask for localhost, or let the proxy set the Host header")
        if self._token is None or self._open(scope["path"]):
            return
        kind, _, given = headers.get("authorization", "").partition(" ")
        # compared in a time that does not tell how much of it was right
        right = hmac.compare_digest(given.strip().encode("latin-1"), self._token)
        if kind.lower() != "bearer" or not right:
            raise CallError(
                401,
                "the token is missing or wrong",
                "send the header Authorization: Bearer TOKEN",
                headers={"WWW-Authenticate": "Bearer"},
            )


def is_local(host: str) -> bool:
    """Return whether a Host header, or a name to bind to, means this machine by loopback."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 or "]:" in host else host
    name = name.strip("[]").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class _Unread:
    """What is left of a body that nobody reads to its end."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        self.ended = length == "0" and "transfer-encoding" not in headers
        # one who waits for leave to send needs no more than the answer
        self._waits = "expect" in headers
        self._receive = receive

    async def receive(self) -> Message:
        message = await self._receive()
        self.ended = self.ended or not message.get("more_body", False)
        return message

    async def linger(self) -> None:
        """Read on for a moment: who is cut off while sending may never see the answer."""
        left = 2 * MAX_BODY
        if self._waits:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self.ended and left > 0:
                    message: Any = await self.receive()
                    left -= len(message.get("body", b""))

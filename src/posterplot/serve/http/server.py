"""Serve a bundle with uvicorn until SIGINT or SIGTERM."""

import asyncio
import ctypes
import logging
import os
import re
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from posterplot.errors import UsageError
from posterplot.inference.bundle import Bundle
from posterplot.inference.predictor import Predictor
from posterplot.serve.http.access import LOOPBACK_HOSTS, is_loopback
from posterplot.serve.http.app import create_app
from posterplot.serve.http.middleware import head_too_large
from posterplot.serve.http.problems import CallError, problem_response
from posterplot.serve.limits import (
    HEADER_SECONDS,
    MAX_CONNECTIONS,
    SHUTDOWN_SECONDS,
    WRITE_SECONDS,
)

_HOST_PATTERN = re.compile(r"\*|(\*\.)?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
# Options of glibc's mallopt: M_TRIM_THRESHOLD (bytes), M_MMAP_THRESHOLD (bytes), M_ARENA_MAX.
_MALLOC = {-1: 2**20, -3: 2**20, -8: 2}


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 that closes connections of slow clients.

    uvicorn itself limits how long a connection may be idle. It does not limit how slowly the head
    of a request may arrive, here ``HEADER_SECONDS``, nor how slowly a client may read, here
    ``WRITE_SECONDS`` until nothing is left to be sent.
    """

    _deadline: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer."""
        super().connection_made(transport)
        # writing is paused whenever anything is left, also of a connection that is being closed
        transport.set_write_buffer_limits(high=0)
        self._start()

    def pause_writing(self) -> None:
        """Start to wait for the client to read."""
        super().pause_writing()
        self._reading = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting: the client has read everything."""
        super().resume_writing()
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        """Stop the timer once the head is complete."""
        super().data_received(data)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        super().connection_lost(exc)
        self._stop()
        self._stop_waiting()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that h11 cannot parse: 431 if its head is too large, else 400."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()  # a response has started, so no other may follow
            return
        error = sys.exception()  # uvicorn calls this while it handles an error of h11
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        problem = CallError(400, "the request is not valid HTTP/1.1", "send valid HTTP/1.1")
        response = problem_response(head_too_large() if status == 431 else problem)
        headers = [*response.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=response.status_code, headers=headers),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _start(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._expire)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_waiting(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _expire(self) -> None:
        self._deadline = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


def serve(
    load: Callable[[], Bundle],
    *,
    host: str,
    port: int,
    token: str | None,
    allowed_hosts: Sequence[str],
    log: Callable[[str], None],
) -> None:
    """Serve a bundle until SIGINT or SIGTERM. Running requests are finished first.

    Args:
        load: Returns the bundle; called once the address is known to be allowed.
        host: Name or address to listen on.
        port: Port to listen on; 0 chooses any free port.
        token: Token that requests must send; None requires none. White space around it is removed.
        allowed_hosts: Host headers that are accepted besides those of this machine. If empty and
            ``host`` is not a loopback address, all are, and a token is required.
        log: Called with each message for the user.

    Raises:
        BundleError: The bundle cannot be loaded.
        UsageError: The service cannot listen there, or anyone could use it.

    """
    token = _checked_token(token, log)
    local = is_loopback(host)
    if not (local or token or allowed_hosts):
        raise UsageError(
            "anyone who reaches this address could use the service",
            where=f"`host={host!r}`",
            hint="set a token (POSTERPLOT_TOKEN), or name the accepted hosts: `allowed_hosts`",
        )
    for name in allowed_hosts:
        if not _HOST_PATTERN.fullmatch(name):
            hint = "give a name without a port, for example films.example or *.example"
            raise UsageError("not a host name", where=f"`allowed_hosts={name!r}`", hint=hint)
    hosts = [*LOOPBACK_HOSTS, *allowed_hosts]
    if local:
        hosts.append(host)
    elif not allowed_hosts:
        hosts = ["*"]  # the token protects the service
    _limit_malloc()
    predictor = Predictor(load())
    with _listen(host, port) as listening:
        name = f"[{host}]" if ":" in host and not host.startswith("[") else host
        bound = listening.getsockname()[1]
        server = make_server(predictor, allowed_hosts=hosts, token=token)
        log(f"Serving {predictor.bundle.manifest.name} at http://{name}:{bound}/")
        if not local and token is None:
            log("Anyone who reaches this address can use it. Set a token to require one.")
        with suppress(KeyboardInterrupt):
            server.run([listening])


def make_server(
    predictor: Predictor,
    *,
    allowed_hosts: Sequence[str] = LOOPBACK_HOSTS,
    token: str | None = None,
) -> uvicorn.Server:
    """Return a server of :func:`posterplot.serve.http.app.create_app`."""
    logging.getLogger("uvicorn.error").addFilter(_is_not_cancelled)
    return uvicorn.Server(
        uvicorn.Config(
            create_app(predictor, token=token, allowed_hosts=allowed_hosts),
            http=BoundedProtocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_level="error",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


def _is_not_cancelled(record: logging.LogRecord) -> bool:
    """Return whether a message is not about a request that was cancelled at shutdown."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, asyncio.CancelledError)


def _checked_token(token: str | None, log: Callable[[str], None]) -> str | None:
    """Return the token without surrounding white space.

    Raises:
        UsageError: Nothing is left, or no header of a request can hold the token.

    """
    if token is None:
        return None
    stripped = token.strip()
    if not stripped:
        raise UsageError("the token is empty", argument="token", hint="set one, or unset it")
    if not stripped.isprintable():
        raise UsageError(
            "the token has control characters, or is not UTF-8",
            argument="token",
            hint="use letters and digits, in one line",
        )
    if stripped != token:
        log("White space around the token was removed.")
    return stripped


def _limit_malloc() -> None:
    """Make glibc return the memory of large posters and bodies to the system.

    glibc keeps it, one heap per thread: a service that received a few thousand decompression bombs
    would stay at twice its size. Other C libraries have no such option.
    """
    with suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        for option, value in _MALLOC.items():
            library.mallopt(option, value)


def _listen(host: str, port: int) -> socket.socket:
    try:
        name = host.removeprefix("[").removesuffix("]")  # as IPv6 addresses are in URLs
        family, *_ = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        every = name == "::" and socket.has_dualstack_ipv6()  # every address, also of IPv4
        return socket.create_server(
            (name, port), family=family, backlog=MAX_CONNECTIONS, dualstack_ipv6=every
        )
    except OSError as error:
        raise UsageError(
            f"cannot listen here ({_reason(error)})",
            where=f"{host}:{port}",
            hint="choose another `port` or `host`, or stop the program that uses it",
        ) from error


def _reason(error: OSError) -> str:
    """Return the system's text. Python adds the address to it, as a tuple."""
    if error.errno is None or isinstance(error, socket.gaierror):  # these have codes of their own
        return error.strerror or str(error)
    return os.strerror(error.errno)

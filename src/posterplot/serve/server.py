"""From a bundle to a service that listens, until it is told to stop."""

import asyncio
import ctypes
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from posterplot.errors import UsageError
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.serve.http.app import create_app
from posterplot.serve.http.guard import is_local
from posterplot.serve.limits import CLOSING_SECONDS, HEADER_SECONDS, MAX_CONNECTIONS

# options of glibc's mallopt: give back what lies free at the end, map blocks of their own from this
# size on, and have so many heaps; in bytes, bytes and heaps
_MALLOC = {-1: 2**20, -3: 2**20, -8: 2}


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that waits so long for the head of a request, and no longer.

    uvicorn itself limits how long a connection may idle, but not how slowly a head may come.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Stop waiting once the head is whole."""
        super().data_received(data)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        super().connection_lost(exc)
        self._stop()

    def _wait(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


def serve(
    bundle: Path, *, host: str, port: int, token: str | None, say: Callable[[str], None]
) -> None:
    """Serve a bundle until SIGINT or SIGTERM; what was begun is finished first.

    Args:
        bundle: or a run.
        host: to bind to.
        port: likewise; 0: any that is free.
        token: that requests must bear; None: none.
        say: is told where the service is, once it listens.

    Raises:
        BundleError: the bundle cannot be loaded.
        UsageError: the host or the port cannot be bound to.

    """
    _give_memory_back()
    predictor = Predictor(load_bundle(bundle))
    with _listen(host, port) as listening:
        name = f"[{host}]" if ":" in host else host
        bound = listening.getsockname()[1]
        say(f"serving {predictor.bundle.manifest.name} at http://{name}:{bound}/")
        if not is_local(host) and token is None:
            say("anyone who reaches this address may use it; --token keeps others out")
        with suppress(KeyboardInterrupt):
            make_server(predictor, local=is_local(host), token=token).run([listening])


def make_server(
    predictor: Predictor, *, local: bool = True, token: str | None = None
) -> uvicorn.Server:
    """Return the server of :func:`posterplot.serve.http.app.create_app`."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(predictor, token=token, local=local),
            http=PatientProtocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_level="error",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
    )


def _give_memory_back() -> None:
    """Have the C library return what large posters and bodies took.

    glibc keeps it for later, a heap a thread: a service that met a few thousand bombs would stay
    twice its size. Other C libraries have no such option, and are left as they are.
    """
    with suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        for option, value in _MALLOC.items():
            library.mallopt(option, value)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((host, port), family=family, backlog=MAX_CONNECTIONS)
    except OSError as error:
        raise UsageError(
            f"cannot listen there ({error.strerror or error})",
            where=f"{host}:{port}",
            hint="choose another --port or --host, or stop what listens already",
        ) from error

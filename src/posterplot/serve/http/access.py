"""Check who may use the service: Host header, cross-site requests, token."""

import hmac
from collections.abc import Sequence
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import Message, Receive, Scope, Send

from posterplot.serve.http.problems import CallError

# Names of this machine, as patterns for TrustedHostMiddleware.
LOOPBACK_HOSTS = ("localhost", "*.localhost", "127.0.0.1", "[::1]")

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class AccessRules:
    """Checks on the head of a request.

    Args:
        allowed_hosts: Host headers that are accepted, as Starlette's ``TrustedHostMiddleware``
            takes them: names without port, ``*.name``, or ``*`` for all. A web page whose own name
            resolves to this machine (DNS rebinding) must not reach the service.
        token: Token that requests must send; None requires none.

    """

    def __init__(self, allowed_hosts: Sequence[str], token: str | None) -> None:
        self._allowed_hosts = allowed_hosts
        self._token = token.encode() if token else None

    async def check(self, scope: Scope, *, is_public: bool) -> None:
        """Check a request against the rules.

        Args:
            scope: ASGI scope.
            is_public: Whether the path needs no token.

        Raises:
            CallError: 421, 403 or 401: the Host header is not allowed, the request comes from
                another web site, or its token is missing or wrong.

        """
        headers = Headers(scope=scope)
        if not await self._host_is_allowed(scope):
            raise CallError(
                421,
                "the Host header is not one that this service accepts",
                "use localhost, or ask who runs the service to allow this host",
            )
        if scope["method"] not in _SAFE_METHODS and is_cross_origin(headers):
            raise CallError(
                403,
                "the request comes from another web site",
                "use the page of this service, or a client that is not a browser",
            )
        if self._token is None or is_public:
            return
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        # with compare_digest, the response time does not depend on the correct part of the token
        matches = hmac.compare_digest(credentials.strip(" \t").encode("latin-1"), self._token)
        if scheme.lower() != "bearer" or not matches:
            raise CallError(
                401,
                "the token is missing or wrong",
                "send the header Authorization: Bearer TOKEN",
                headers={"WWW-Authenticate": "Bearer"},
            )

    async def _host_is_allowed(self, scope: Scope) -> bool:
        """Check the Host header with Starlette's middleware, and add a hint to its refusal."""
        allowed = False

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal allowed
            allowed = True

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            return None

        check = TrustedHostMiddleware(application, self._allowed_hosts, www_redirect=False)
        await check(scope, receive, send)
        return allowed


def is_cross_origin(headers: Headers) -> bool:
    """Return whether a browser sent the request from a page of another origin.

    Browsers send ``Sec-Fetch-Site`` over HTTPS and to localhost. Elsewhere ``Origin`` must equal
    the Host header. Other clients send neither.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    return origin.partition("://")[2].lower() != headers.get("host", "").lower()


def is_loopback(host: str) -> bool:
    """Return whether a host to listen on can be reached only from this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

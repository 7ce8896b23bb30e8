"""Fetch posters from the web and cloud storage, within limits, into the user's cache."""

import asyncio
import hashlib
import os
import re
import threading
import urllib.parse
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from posterplot.catalogue.addresses import checked_socket
from posterplot.errors import FilmError, OutputError
from posterplot.files import new_file
from posterplot.films import Film, Rejected

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem
    from fsspec.asyn import AsyncFileSystem

SCHEMES = frozenset({"http", "https", "s3", "gs"})
_TMDB = "https://image.tmdb.org/t/p/w500"
_MAX_POSTER_BYTES = 32 * 2**20
_TIMEOUT = 30.0  # seconds for a poster, from the first connection to the last byte
_MAX_CONNECTIONS = 8  # posters fetched at the same time
_MAX_AHEAD = 64  # films read ahead, so that their posters arrive in time
_CHUNK = 2**16
# What an image begins with. A server may answer with a page of HTML, which must not be kept.
_IMAGE = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8|BM|II[*+]\0|MM\0[*+]|RIFF.{4}WEBP|.{4}ftyp|"
    rb".{4}jP  |\xff\x4f\xff\x51",  # both of JPEG 2000
    re.DOTALL,
)


# Root of the paths that stand for addresses, because a film's poster is a path or bytes.
_ADDRESSES = Path("posterplot-address")


class RemoteAddresses:
    """Stores the addresses of remote posters in their films, for other processes to fetch them."""

    def path_of(self, address: str) -> Path | None:
        """Return a path that stands for an address; :func:`address_of` gives the address back.

        Returns:
            None if it is not an address from which posters are fetched.
        """
        url = url_of(address)
        if url is None:
            return None
        return _ADDRESSES / urllib.parse.quote(url.encode("utf-8", "surrogatepass"), safe="")


def address_of(path: Path) -> str | None:
    """Return the address that a path stands for; None if it is an ordinary path.

    >>> address_of(RemoteAddresses().path_of("s3://films/posters/1.jpg"))
    's3://films/posters/1.jpg'
    """
    if path.parent != _ADDRESSES:
        return None
    return urllib.parse.unquote_to_bytes(path.name).decode("utf-8", "surrogatepass")


class RemotePosters:
    """Fetches the posters of one catalogue while its films are read.

    Args:
        private: Whether to fetch from addresses of this machine and of private networks.
        fetch: Whether to fetch, rather than only to return where the files will be.

    Raises:
        ModuleNotFoundError: ``posterplot[remote]`` is not installed.
    """

    def __init__(self, *, private: bool, fetch: bool = True) -> None:
        check_installed()
        self._private = private
        self._fetch = fetch
        self._folder = cache_folder()
        self._systems: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._stopped = False
        self._running: set[Future[bytes]] = set()
        self._pool = ThreadPoolExecutor(_MAX_CONNECTIONS, "posters")
        self._started: dict[Path, Future[str]] = {}

    def path_of(self, address: str) -> Path | None:
        """Start to fetch a poster, and return the path at which it will be stored.

        Args:
            address: Text of a cell.

        Returns:
            None if it is not an address from which posters are fetched.
        """
        url = url_of(address)
        if url is None:
            return None
        name = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
        path = self._folder / name[:2] / name
        if self._fetch and path not in self._started and not path.exists():
            self._started[path] = self._pool.submit(self._store, url, path)
        return path

    def fetched(self, items: Iterable[Film | Rejected]) -> Iterator[Film | Rejected]:
        """Yield films in order, each once its poster is fetched or has failed."""
        waiting: deque[tuple[Film | Rejected, Future[str] | None]] = deque()
        try:
            for item in items:
                future = None
                if isinstance(item, Film) and isinstance(item.poster, Path):
                    future = self._started.get(item.poster)
                waiting.append((item, future))
                if len(waiting) > _MAX_AHEAD:
                    yield from self._finished(*waiting.popleft())
                if len(self._started) > 2 * _MAX_AHEAD:  # the addresses of films that were rejected
                    needed = {future for _, future in waiting}
                    started = self._started.items()
                    self._started = {p: f for p, f in started if f in needed or not f.done()}
            while waiting:
                yield from self._finished(*waiting.popleft())
        finally:
            self._stop()

    def _stop(self) -> None:
        """Stop fetching at once, for example after Ctrl-C: a server may not answer."""
        with self._lock:
            self._stopped = True
            for future in self._running:
                future.cancel()
        self._pool.shutdown(cancel_futures=True)

    def _finished(
        self, item: Film | Rejected, future: Future[str] | None
    ) -> Iterator[Film | Rejected]:
        if future is None or not isinstance(item, Film) or not isinstance(item.poster, Path):
            yield item
            return
        problem = future.result()
        # from now on the file exists, or another attempt is made
        self._started.pop(item.poster, None)
        if not problem:
            yield item
        elif item.overview:
            yield Rejected(item.id, item.title, item.source, "poster", problem)
            yield replace(item, poster=None)
        else:
            yield Rejected(item.id, item.title, item.source, "film", problem)

    def _store(self, url: str, path: Path) -> str:
        """Fetch a poster into a file; return why it cannot be, or ""."""
        try:
            content = self._content(url)
            with new_file(path, replace=True, wait=True) as temporary:
                temporary.write_bytes(content)
        except (FilmError, OutputError) as error:
            return error.what
        except TimeoutError:
            return f"poster cannot be fetched: {url}: it took over {_TIMEOUT:.0f} s"
        # aiohttp, botocore and gcsfs have their own errors, with OSError and others as bases
        except Exception as error:
            reason = str(error) or type(error).__name__
            return f"poster cannot be fetched: {url}: {' '.join(reason.split())[:200]}"
        return ""

    def _content(self, url: str) -> bytes:
        """Return a remote file's content.

        Raises:
            FilmError: The poster is too large, empty, or no image.
            Exception: The poster cannot be fetched, or not in time.
        """
        from fsspec.asyn import AsyncFileSystem

        scheme = url.partition("://")[0]
        with self._lock:
            if scheme not in self._systems:
                options = {"get_client": self._client} if scheme.startswith("http") else {}
                self._systems[scheme] = file_system(scheme, **options)
        system = self._systems[scheme]
        if scheme.startswith("http"):
            content = self._result(_read_http(system, url), system.loop)
        elif isinstance(system, AsyncFileSystem):
            name = url.partition("://")[2]
            read = system._cat_file(name, start=0, end=_MAX_POSTER_BYTES + 1)
            content = self._result(read, system.loop)
        else:
            with system.open(url.partition("://")[2], "rb") as stream:
                content = stream.read(_MAX_POSTER_BYTES + 1)
        if len(content) > _MAX_POSTER_BYTES:
            raise FilmError(f"remote poster is over {_MAX_POSTER_BYTES // 2**20} MB: {url}")
        if not content:
            raise FilmError(f"remote poster is empty: {url}")
        if not _IMAGE.match(content):
            raise FilmError(f"remote poster is not an image: {url}")
        return bytes(content)

    def _result(self, read: Coroutine[Any, Any, bytes], loop: asyncio.AbstractEventLoop) -> bytes:
        """Wait for a coroutine, until the timeout or :meth:`_stop`."""
        with self._lock:
            future = asyncio.run_coroutine_threadsafe(read, loop)
            self._running.add(future)
            timeout = 0 if self._stopped else _TIMEOUT
        try:
            return future.result(timeout)
        finally:
            future.cancel()
            with self._lock:
                self._running.discard(future)

    async def _client(self, **options: Any) -> Any:
        import aiohttp

        connector = aiohttp.TCPConnector(
            socket_factory=lambda address: checked_socket(address, private=self._private)
        )
        return aiohttp.ClientSession(
            connector=connector,
            # uncompressed, so that a small response cannot become a large one
            auto_decompress=False,
            headers={"User-Agent": "posterplot", "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT),
            **options,
        )


def file_system(scheme: str, **options: Any) -> "AbstractFileSystem":
    """Return a file system for a scheme, from fsspec.

    For ``s3``, Arrow's file system is used if s3fs is not installed. Both read the usual variables:
    ``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID`` and so on.

    Args:
        scheme: Scheme of the address, one of ``SCHEMES``.
        options: Options of the file system, as fsspec takes them.

    Raises:
        ImportError: The package for the scheme is not installed; its text says which.
    """
    import fsspec

    try:
        return fsspec.filesystem(
            scheme, skip_instance_cache=True, use_listings_cache=False, **options
        )
    except ImportError:
        if scheme != "s3":
            raise
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import S3FileSystem

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return ArrowFSWrapper(
        S3FileSystem(
            endpoint_override=endpoint,
            region=region or ("us-east-1" if endpoint else None),
            connect_timeout=_TIMEOUT,
            request_timeout=_TIMEOUT,
        )
    )


def check_installed() -> None:
    """Raise :class:`ModuleNotFoundError` unless ``posterplot[remote]`` is installed."""
    import aiohttp  # noqa: F401
    import fsspec.asyn  # noqa: F401


def cache_folder() -> Path:
    """Return the folder of fetched posters."""
    return Path(platformdirs.user_cache_path("posterplot")) / "posters"


def url_of(address: str) -> str | None:
    r"""Return the URL of a poster or of TMDB's ``/name.jpg``; None if it cannot be fetched.

    >>> url_of("/abc.jpg"), url_of("C:\\a.jpg")
    ('https://image.tmdb.org/t/p/w500/abc.jpg', None)
    """
    if address.startswith("/"):
        return f"{_TMDB}{address}"
    scheme, mark, rest = address.partition("://")
    return f"{scheme.lower()}://{rest}" if mark and scheme.lower() in SCHEMES else None


async def _read_http(system: "AsyncFileSystem", url: str) -> bytes:
    """Read a file over HTTP; stop after the limit, whatever length the server declares."""
    from aiohttp import TooManyRedirects

    session = await system.set_session()
    content = bytearray()
    try:
        async with session.get(system.encode_url(url)) as response:
            response.raise_for_status()
            async for chunk in response.content.iter_chunked(_CHUNK):
                content += chunk
                if len(content) > _MAX_POSTER_BYTES:
                    break
    except TooManyRedirects as error:  # which has no text
        raise FilmError(f"poster cannot be fetched: {url}: too many redirects") from error
    return bytes(content)

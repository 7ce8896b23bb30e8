import io
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from PIL import Image

from posterplot.catalogue import Access, open_catalogue, remote
from posterplot.catalogue.summary import summarise
from posterplot.films import Film, Rejected
from tests.conftest import poster_bytes

POSTER = poster_bytes(("Drama",), 1)
REMOTE, OWN_NETWORK = Access(remote=True), Access(remote=True, private=True)


class _Handler(BaseHTTPRequestHandler):
    requested: list[str]

    def do_GET(self) -> None:
        self.requested.append(self.path)
        match self.path:
            case "/moved.jpg":
                self._answer(302, b"", Location="/poster.jpg")
            case "/inward.jpg":  # a redirect to another address of this machine
                self._answer(302, b"", Location=f"http://[::1]:{self.server.server_port}/x.jpg")
            case "/round.jpg":
                self._answer(302, b"", Location="/round.jpg")
            case "/gone.jpg":
                self._answer(404, b"")
            case "/empty.jpg":
                self._answer(200, b"")
            case "/login.jpg":
                self._answer(200, b"<!DOCTYPE html><title>Log in</title>")
            case "/short.jpg":  # less than the length that the server declares
                self.send_response(200)
                self.send_header("Content-Length", str(len(POSTER)))
                self.end_headers()
                self.wfile.write(POSTER[:100])
            case "/slow.jpg":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"x")
                self.wfile.flush()
                self.server.stopped.wait(20)
            case "/endless.jpg":
                self.send_response(200)
                self.end_headers()
                while not self.server.stopped.is_set():
                    self.wfile.write(bytes(2**16))
            case _:
                self._answer(200, POSTER)

    def _answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client has seen enough
            super().handle()


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    requested: list[str] = []
    handler = type("Handler", (_Handler,), {"requested": requested})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.stopped = threading.Event()
        thread = threading.Thread(target=partial(server.serve_forever, 0.01))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", requested
        server.stopped.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "posterplot/posters"


def table(folder: Path, *posters: str, overview: str = "") -> Path:
    path = folder / "films.csv"
    rows = "".join(f"{n},{overview},{poster}\n" for n, poster in enumerate(posters))
    path.write_text(f"id,overview,poster\n{rows}")
    return path


def read(path: Path, access: Access) -> list[Film | Rejected]:
    return list(open_catalogue(path, access=access).films())


def test_posters_are_fetched_once_and_kept(tmp_path, web, cache):
    host, requested = web
    path = table(tmp_path, f"{host}/a.jpg", f"{host}/moved.jpg", f"{host}/a.jpg")
    films = read(path, OWN_NETWORK)
    assert [film.poster.read_bytes() for film in films] == [POSTER] * 3
    assert all(film.poster.is_relative_to(cache) for film in films)
    assert sorted(requested) == ["/a.jpg", "/moved.jpg", "/poster.jpg"]
    assert read(path, OWN_NETWORK) == films
    assert len(requested) == 3


def test_nothing_is_fetched_unless_it_is_allowed(tmp_path, web):
    host, requested = web
    catalogue = open_catalogue(table(tmp_path, f"{host}/a.jpg", "/tmdb.jpg", overview="A film."))
    films = list(catalogue.films())
    assert [film.poster for film in films] == [None, None]
    assert catalogue.unread_posters == {"on the web or in cloud storage": 2}
    (item,) = read(table(tmp_path, f"{host}/a.jpg"), Access())
    assert item.reason == f"poster is not among the catalogue's files: {host}/a.jpg"
    assert requested == []


def test_private_addresses_need_an_allowance_of_their_own(tmp_path, web):
    host, requested = web
    port = host.rpartition(":")[2]
    hosts = [host, f"http://localhost:{port}", f"http://[::ffff:127.0.0.1]:{port}"]
    hosts += [f"http://2130706433:{port}", f"http://0.0.0.0:{port}", "http://169.254.169.254"]
    for item in read(table(tmp_path, *(f"{h}/a.jpg" for h in hosts)), REMOTE):
        assert item.part == "film"
        assert item.reason.startswith("poster cannot be fetched: http://")
        if "2130706433" not in item.reason:  # which some systems do not take for an address
            assert "`allow_private` reads it" in item.reason
    assert requested == []


def test_a_redirect_does_not_lead_into_the_own_network(tmp_path, web, monkeypatch):
    host, requested = web
    # the first server counts as a public one; where it redirects to does not
    monkeypatch.setattr("posterplot.catalogue.addresses.is_public", lambda ip: ip == "127.0.0.1")
    (item,) = read(table(tmp_path, f"{host}/inward.jpg"), REMOTE)
    assert "::1 is an address of this machine" in item.reason
    assert requested == ["/inward.jpg"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone.jpg", "404"),
        ("round.jpg", "/round.jpg: too many redirects"),
        ("slow.jpg", "it took over 1 s"),
        ("endless.jpg", "remote poster is over 0 MB"),
    ],
)
def test_what_cannot_be_fetched_costs_only_the_poster(tmp_path, web, monkeypatch, name, reason):
    monkeypatch.setattr(remote, "_TIMEOUT", 1.0)
    monkeypatch.setattr(remote, "_MAX_POSTER_BYTES", 100_000)
    host, _ = web
    path = table(tmp_path, f"{host}/{name}", f"{host}/b.jpg", overview="A film of two.")
    rejected, film, other = read(path, OWN_NETWORK)
    assert (rejected.part, rejected.id) == ("poster", "0")
    assert reason in rejected.reason
    assert "\n" not in rejected.reason
    assert (film.id, film.poster, film.overview) == ("0", None, "A film of two.")
    assert other.poster.read_bytes() == POSTER


def test_ctrl_c_does_not_wait_for_a_server(web):
    host, requested = web
    posters = remote.RemotePosters(private=True)

    def films():
        posters.path_of(f"{host}/slow.jpg")
        while not requested:
            time.sleep(0.01)
        raise KeyboardInterrupt
        yield

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        next(posters.fetched(films()))
    assert time.monotonic() - started < 10  # the server takes 20 seconds


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.jpg", "remote poster is empty"),
        ("login.jpg", "remote poster is not an image"),
        ("short.jpg", "poster cannot be fetched"),
    ],
)
def test_what_is_no_poster_is_not_kept(tmp_path, web, cache, name, reason):
    host, requested = web
    for _ in range(2):
        (item,) = read(table(tmp_path, f"{host}/{name}"), OWN_NETWORK)
        assert item.reason.startswith(f"{reason}: {host}/{name}")
    assert requested == [f"/{name}"] * 2
    assert not [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000"])
def test_images_of_all_formats_are_kept(kind):
    stream = io.BytesIO()
    Image.new("RGB", (16, 24)).save(stream, kind)
    assert remote._IMAGE.match(stream.getvalue())


def test_a_dry_run_fetches_nothing(tmp_path, web):
    host, requested = web
    catalogue = open_catalogue(table(tmp_path, f"{host}/a.jpg", "/tmdb.jpg"), access=OWN_NETWORK)
    summary = summarise(catalogue)
    assert (summary.films, summary.with_poster, summary.remote) == (2, 0, 2)
    assert (summary.problems, requested) == ({}, [])


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_cloud_storage(tmp_path, monkeypatch, scheme):
    """By a file system in memory in its place; their own need a server."""
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/bucket/a.jpg", POSTER)
    memory.pipe_file("/bucket/large.jpg", bytes(100_001))
    monkeypatch.setattr(remote, "_MAX_POSTER_BYTES", 100_000)
    real = fsspec.filesystem
    as_memory = lambda name, **options: real("memory" if name == scheme else name)  # noqa: E731
    monkeypatch.setattr(fsspec, "filesystem", as_memory)
    names = [f"{scheme}://bucket/{name}.jpg" for name in ("a", "none", "large")]
    film, missing, large = read(table(tmp_path, *names), REMOTE)
    assert film.poster.read_bytes() == POSTER
    assert missing.reason.startswith(f"poster cannot be fetched: {scheme}://bucket/none.jpg")
    assert large.reason == f"remote poster is over 0 MB: {scheme}://bucket/large.jpg"


def test_addresses_of_other_kinds_are_not_fetched(tmp_path):
    names = ["ftp://host/a.jpg", "file:///etc/passwd", "memory://a", "C:\\a.jpg"]
    catalogue = open_catalogue(table(tmp_path, *names, overview="A film."), access=REMOTE)
    assert [film.poster for film in catalogue.films()] == [None] * 4
    assert catalogue.unread_posters == {"on another machine": 4}

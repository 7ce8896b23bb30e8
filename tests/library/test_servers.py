import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from posterplot.errors import UsageError
from posterplot.library.servers import ADVICE, Jellyfin, Kodi, advice


class Server:
    """An HTTP server that answers from a table, and keeps what it was sent."""

    def __init__(self, answer):
        self.requests = requests = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or "null")
                requests.append((self.path, dict(self.headers), body))
                status, content = answer(self.path, body)
                self.send_response(status)
                self.end_headers()
                if content is not None:
                    self.wfile.write(json.dumps(content).encode())

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


MOVIES = [
    {"movieid": 1, "file": "smb://nas/films/Alien (1979)/Alien.mkv"},
    {"movieid": 2, "file": "smb://nas/films/Other/Alien.mkv"},
    {"movieid": 3, "file": "D:\\films\\Heat\\Heat.mkv"},
    {"movieid": 4, "file": "stack:///films/Parts/P,,1-cd1.avi , /films/Parts/P,,1-cd2.avi"},
    {"movieid": 5, "file": "/films/Disc (2002)/VIDEO_TS/VIDEO_TS.IFO"},
    {"movieid": 6, "file": "/a/Twice/Twice.mkv"},
    {"movieid": 7, "file": "/b/Twice/Twice.mkv"},
]


def kodi(path, body):
    if body["method"] == "VideoLibrary.GetMovies":
        return 200, {"result": {"movies": MOVIES}}
    return 200, {"result": "OK"}


def test_kodi_refreshes_films_under_another_root():
    paths = [
        *("Alien (1979)/Alien.mkv", "Heat/Heat.mkv", "Parts/P,1-cd1.avi", "Disc (2002)"),
        *("Twice/Twice.mkv", "Unknown/Unknown.mkv"),
    ]
    with Server(kodi) as server:
        unknown = Kodi(server.url.replace("//", "//me:p%40ss@")).refresh(paths)
    assert unknown == ["Twice/Twice.mkv", "Unknown/Unknown.mkv"]
    refreshed = [b["params"] for _, _, b in server.requests if "Refresh" in b["method"]]
    assert refreshed == [{"movieid": n, "ignorenfo": False} for n in (1, 3, 4, 5)]
    assert {h["Authorization"] for _, h, _ in server.requests} == {"Basic bWU6cEBzcw=="}


@pytest.mark.parametrize(
    ("path", "file", "known"),
    [
        ("/media/films/A/movie.mkv", "smb://nas/films/B/movie.mkv", False),
        ("/media/films/A/movie.mkv", "smb://nas/video/A/movie.mkv", True),
        ("/media/films/A/movie.mkv", "movie.mkv", True),  # Kodi says no more
        ("/media/films/Heat.mkv", "smb://nas/films/Heat.mkv", True),
        ("/media/films/Heat.mkv", "smb://nas/other/Heat.mkv", False),
        ("/media/films/Disc", "smb://nas/video/Disc/VIDEO_TS/VIDEO_TS.IFO", True),
        ("/media/films/Disc", "smb://nas/video/Other/VIDEO_TS/VIDEO_TS.IFO", False),
    ],
)
def test_the_name_of_a_video_alone_is_not_enough(path, file, known):
    def answer(_, body):
        movies = {"movies": [{"movieid": 1, "file": file}]}
        return 200, {"result": movies if body["method"] == "VideoLibrary.GetMovies" else "OK"}

    with Server(answer) as server:
        assert Kodi(server.url).refresh([path]) == [path] * (not known)


def test_a_series_is_known_by_the_name_of_its_folder():
    def answer(_, body):
        shows = {"tvshows": [{"tvshowid": 1, "file": "smb://nas/shows/Bay/"}]}
        return 200, {"result": shows if body["method"] == "VideoLibrary.GetTVShows" else "OK"}

    with Server(answer) as server:
        assert Kodi(server.url).refresh(["/media/tv/Bay", "/media/tv/Tide"], series=True) == [
            "/media/tv/Tide"
        ]


@pytest.mark.parametrize(
    "response",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n[]",
        b'HTTP/1.1 200 OK\r\n\r\n{"error": "x"}',
    ],
)
def test_a_port_of_another_program_is_one_clear_line(response):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(response)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(UsageError, match=r"does not respond|Kodi refuses"):
            Kodi(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()


def test_an_address_with_a_space_is_one_clear_line():
    with pytest.raises(UsageError, match="does not respond"):
        Kodi("http://127.0.0.1:9/a b")


def test_jellyfin_scans_with_the_key_of_the_environment(monkeypatch):
    monkeypatch.setenv("JELLYFIN_API_KEY", "secret")
    with Server(lambda path, body: (204, None)) as server:
        Jellyfin(f"{server.url}/jellyfin/").scan()
    assert [path for path, _, _ in server.requests] == [
        "/jellyfin/System/Info",
        "/jellyfin/Library/Refresh",
    ]
    assert {headers["X-Emby-Token"] for _, headers, _ in server.requests} == {"secret"}


@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (401, None, "refuses the name or key"),
        (500, None, "returns 500"),
        (200, {"error": {"message": "Method not found."}}, "Kodi refuses JSONRPC.Ping"),
        (200, None, "Kodi refuses"),
    ],
)
def test_a_server_that_refuses_is_one_clear_line(status, content, message):
    answer = Server(lambda path, body: (status, content))
    with answer as server, pytest.raises(UsageError, match=message):
        Kodi(server.url)


@pytest.mark.parametrize("url", ["", "kodi", "ftp://a", "http://", "http://a:b", "file:///etc"])
def test_a_wrong_address_is_one_clear_line(url):
    with pytest.raises(UsageError, match="is not the address of a server"):
        Kodi(url)


def test_jellyfin_needs_a_key(monkeypatch):
    monkeypatch.delenv("JELLYFIN_API_KEY", raising=False)
    with pytest.raises(UsageError, match="needs an API key"):
        Jellyfin("http://localhost:8096")


def test_advice_names_the_servers_and_the_programs_found():
    assert len(advice([])) == 3
    lines = advice(["tinyMediaManager", "Radarr", "Kodi"])
    assert {line.partition(":")[0].partition(",")[0] for line in lines} == set(ADVICE)

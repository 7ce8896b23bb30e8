"""Attack the service: 10,000 hostile requests that it must refuse.

Run it with a bundle. It uses only loopback, and stops by itself::

    python benchmarks/hostile.py BUNDLE

Every request must get a 4xx or 503 response, or a closed connection if its head is not HTTP or
never ends. Afterwards the service must still work, with no more memory than before.
"""

import argparse
import io
import json
import random
import socket
import struct
import threading
import time
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from posterplot.films import Film
from serve import form, load, memory, served

NAME = b"Host: localhost\r\n"
JSON = "application/json"
FORM = "multipart/form-data; boundary=x"


def main() -> None:
    """Attack, and print the responses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=16)
    arguments = parser.parse_args()
    good = [
        form(Film("", overview="A gun and a letter.", poster=picture("JPEG", n))) for n in range(8)
    ]
    with served(arguments.bundle) as (process, port):
        _, errors = load(port, good, 8, 10)
        level = memory(process.pid)
        with health(port) as slowest:
            answers, highest = attack(port, process.pid, arguments.requests, arguments.clients)
        time.sleep(5)
        afterwards, errors_after = load(port, good, 8, 10)
        end = memory(process.pid)
    for (kind, answer), count in sorted(answers.items()):
        print(f"{kind:20} {answer:10} {count}")
    right = {kind for kind, answer in answers if fine(kind, answer)}
    wrong = {(kind, answer) for kind, answer in answers if not fine(kind, answer)}
    print(f"{sum(answers.values())} hostile requests of {len(right | {k for k, _ in wrong})} kinds")
    print(f"wrong responses: {wrong or 'none'}")
    print(f"/healthz answered within {slowest[0]:.2f} s throughout")
    print(f"alive: {len(afterwards)} answers, {errors + errors_after} errors")
    print(
        f"memory {level:.0f} MB before, at most {highest:.0f} MB, {end:.0f} MB after: "
        f"{end / level - 1:+.1%}"
    )


@contextmanager
def health(port: int) -> Iterator[list[float]]:
    """Ask for the health of the service all the time; yield the longest wait, in seconds."""
    slowest, stop = [0.0], threading.Event()

    def check() -> None:
        while not stop.wait(0.1):
            start = time.perf_counter()
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\n" + NAME + b"\r\n")
                connection.recv(65536)
            slowest[0] = max(slowest[0], time.perf_counter() - start)

    thread = threading.Thread(target=check)
    thread.start()
    try:
        yield slowest
    finally:
        stop.set()
        thread.join()


def fine(kind: str, answer: str) -> bool:
    """Return whether the response to an attack is correct."""
    if answer == "closed":
        return kind in ("slow head", "noise")
    return answer.startswith("4") or answer == "503"


def attack(
    port: int, pid: int, requests: int, clients: int
) -> tuple[Counter[tuple[str, str]], float]:
    """Send attacks of all kinds; count responses by kind; return the peak memory in MB."""
    answers: Counter[tuple[str, str]] = Counter()
    highest = [0.0]
    lock = threading.Lock()
    numbers = iter(range(requests))

    def client() -> None:
        while True:
            with lock:
                number = next(numbers, None)
                highest[0] = max(highest[0], memory(pid))
            if number is None:
                return
            chance = random.Random(number)  # noqa: S311
            kind = chance.choice(list(KINDS))
            if number % 100 == 0:  # they take long
                kind = ("slow head", "slow body")[number // 100 % 2]
            elif kind == "large body" and number % 10:  # most of them are skipped: they take long
                kind = "bomb"
            answer = ask(port, kind, chance)
            with lock:
                answers[kind, answer] += 1

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, highest[0]


def ask(port: int, kind: str, chance: random.Random) -> str:
    """Make one attack; return the status of the response, or "closed"."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            if kind == "slow head":
                content = b"GET / HTTP/1.1\r\n" + NAME + b"X-Slow: " + b"x" * 60
                drip(connection, content)
            elif kind == "slow body":
                drip(connection, request(b'{"films": ' + b"[" * 60, JSON, length=1000))
            else:
                connection.sendall(KINDS[kind](chance))
            response = connection.recv(65536)
    except (ConnectionError, TimeoutError):
        return "closed"
    return response[9:12].decode("latin-1") if response.startswith(b"HTTP/1.1 ") else "closed"


def drip(connection: socket.socket, content: bytes) -> None:
    """Send all but the last bytes at once, and those one by one until the connection closes."""
    connection.sendall(content[:-40])
    connection.settimeout(1)
    for byte in content[-40:]:
        try:
            connection.sendall(bytes([byte]))
            if connection.recv(1, socket.MSG_PEEK) is not None:
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    connection.settimeout(60)


def request(
    body: bytes, kind: str = FORM, path: str = "/v1/predict", length: int | None = None
) -> bytes:
    """Return a POST."""
    head = f"POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\n".encode() + NAME
    size = len(body) if length is None else length
    return head + f"Content-Length: {size}\r\n\r\n".encode() + body


def poster(content: bytes, name: str = 'name="poster"; filename="p"') -> bytes:
    """Return a form with a poster, and nothing else."""
    head = f"--x\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode()
    return request(head + content + b"\r\n--x--\r\n")


def picture(kind: str, seed: int = 0, size: tuple[int, int] = (300, 450)) -> bytes:
    """Return a picture of noise."""
    image = Image.frombytes("RGB", size, random.Random(seed).randbytes(3 * size[0] * size[1]))  # noqa: S311
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def png(width: int, height: int, rows: bytes) -> bytes:
    """Return a PNG whose header declares this size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows))


_PICTURES = {kind: picture(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "PCX", "TGA")}
_BOMBS = (
    png(100_000, 100_000, bytes(10_000_000)),
    png(2**31 - 1, 1, b""),
    png(6000, 4001, bytes(1000)),
    png(3000, 4000, bytes(3_000_000)),  # few enough, but most of them are missing
    b"\xff\xd8\xff\xe0" + b"\xff\xda" * 100_000,
)
_PATHS = (
    "/../../etc/passwd", "/static/../app.py", "/static/..%2f..%2fapp.py", "/static/%2e%2e/app.py",
    "/static//etc/passwd", "/static/%00", "/samples/-1.jpg", "/samples/99999999999.jpg",
    "/samples/0.jpg/..", "//evil.example/", "/v1/predict/../../secret", "/.git/config",
    "/v1/model%0d%0aX: y", "/" + "a" * 8000,
)  # fmt: skip
_BODIES = (
    b"", b"{", b"null", b"[" * 100_000, b'{"a":' * 50_000, b'{"films": NaN}', b"\xff\xfe\x00",
    b'{"films": [{"overview": "\\ud800"}]}', b'{"films": [{"poster": "/etc/passwd"}]}',
    b'{"films": ' + b"9" * 100_000 + b"}", b'{"films": [' + b"{}," * 100_000 + b"{}]}",
    b'{"films": [{"poster": "' + b64encode(b"MZ" * 50_000) + b'"}]}',
    json.dumps({"films": [{"overview": "x" * 1_000_000}]}).encode(),
    json.dumps({"films": [{"id": ["x"] * 1000}]}).encode(),
    b'{"films": [{' + b",".join(b'"%d":1' % n for n in range(1_000_000)) + b"}]}",
    b'{"film": ' + b"[1]," * 3_000_000 + b"1}", b'{"genres": [' + b'"x",' * 3_000_000 + b'"x"]}',
)  # fmt: skip
_PART = b"--x\r\nContent-Disposition: form-data; name="
_FORMS = (
    b"",
    b"--x",
    b"--x\r\n\r\n\r\n--x--",
    b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
    b"--x\r\n" + b"A: b\r\n" * 5000,
    b"--x\r\nContent-Disposition: " + b";" * 50_000 + b"\r\n\r\n",
    _PART + b'"overview"\r\n\r\n' + b"y" * 200_000 + b"\r\n--x--",
    (_PART + b'"z"\r\n\r\n1\r\n') * 500 + b"--x--",
    (_PART + b'"poster"; filename="p"\r\n\r\n1\r\n') * 9 + b"--x--",
    _PART + b'"poster"; filename="p"\r\n\r\n' + b"\r\n--" * 9999,
    _PART + b'"poster"; filename="p"\r\n\r\n' + b"\r\n--" * 3_000_000,
    _PART + b'"overview"\r\n\r\nA gun.\r\n' + _PART + b'"title"\r\n\r\ncut',  # no end
)
_HEADS = (
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost:80@evil\r\n\r\n",
    b"POST /v1/predict HTTP/1.1\r\n" + NAME + b"Origin: http://evil.example\r\n\r\n",
    b"POST /v1/predict HTTP/1.1\r\n" + NAME + b"Sec-Fetch-Site: cross-site\r\n\r\n",
    b"POST /v1/predict/ HTTP/1.1\r\n" + NAME + b"Content-Length: 0\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + NAME * 2 + b"\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"TRACE / HTTP/1.1\r\n" + NAME + b"\r\n",
    b"DELETE /v1/model HTTP/1.1\r\n" + NAME + b"\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + NAME + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    b"POST /v1/predict HTTP/1.1\r\n" + NAME + b"Content-Length: -5\r\n\r\n",
    b"POST /v1/predict HTTP/1.1\r\n" + NAME + b"Content-Length: 9e9\r\n\r\n",
    b"POST /v1/predict HTTP/1.1\r\n" + NAME + b"Content-Length: 99999999999999999\r\n\r\n",
    b"POST /v1/predict HTTP/1.1\r\n" + NAME + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /v1/predict HTTP/1.1\r\n" + NAME + b"Transfer-Encoding: gzip\r\n\r\n",
)  # fmt: skip


def _cut(chance: random.Random) -> bytes:
    content = _PICTURES[chance.choice(("JPEG", "PNG", "WEBP", "AVIF"))]
    return poster(content[: chance.randrange(4, len(content) * 9 // 10)])


def _large(chance: random.Random) -> bytes:
    return request(bytes(chance.choice((17, 20)) * 2**20))


def _type(chance: random.Random) -> bytes:
    kinds = ("", "text/plain", "application/xml", "x/y; boundary=x", "multipart/mixed", "\x00")
    return request(b"<film/>", chance.choice(kinds[:5]))


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "truncated poster": _cut,
    "bomb": lambda chance: poster(chance.choice(_BOMBS)),
    "other format": lambda chance: poster(_PICTURES[chance.choice(("PCX", "TGA"))]),
    "no picture": lambda chance: poster(chance.randbytes(chance.randrange(1, 5000))),
    "wrong type": _type,
    "broken JSON": lambda chance: request(chance.choice(_BODIES), JSON),
    "broken explain": lambda chance: request(chance.choice(_BODIES), JSON, "/v1/explain"),
    "broken multipart": lambda chance: request(chance.choice(_FORMS)),
    "path trick": lambda chance: (
        f"GET {chance.choice(_PATHS)} HTTP/1.1\r\n".encode() + NAME + b"\r\n"
    ),
    "odd head": lambda chance: chance.choice(_HEADS),
    "large body": _large,
    "noise": lambda chance: chance.randbytes(300) + b"\r\n\r\n",
}


if __name__ == "__main__":
    main()

"""Run deploy/nginx.conf in front of two services, and try what the documentation says of it.

Needs nginx and openssl::

    python benchmarks/proxy.py BUNDLE

Only names, ports and certificates of the example are changed. One of the two services is kept
saturated, as far as its queue allows, while requests come through the proxy.
"""

import argparse
import http.client
import http.server
import re
import ssl
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from posterplot.films import Film
from serve import HEADERS, form, served

EXAMPLE = Path(__file__).parents[1] / "deploy/nginx.conf"
PORT = 8443
NAME = "films.example"


def main() -> None:
    """Start everything, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--requests", type=int, default=40)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="posterplot-proxy-")))
        options = ("--allow-host", NAME)
        ports = [stack.enter_context(served(arguments.bundle, *options))[1] for _ in range(2)]
        body = form(Film("", overview="A cook inherits a ship and sails away."))
        with nginx(folder, ports):
            print("page:", ask("GET", "/")[0])
            print("metrics:", ask("GET", "/metrics")[0])
            print("another host:", ask("GET", "/v1/model", host="evil.example")[0])
            print("17 MiB:", ask("POST", "/v1/predict", bytes(17 * 2**20))[0])
            posted = {"Origin": "https://evil.example"}
            print("from another site:", ask("POST", "/v1/predict", body, HEADERS | posted)[0])
            print("both idle:", dict(many(body, arguments.requests, pause=0.12)))
            with saturated(ports[0]) as refused:
                print("one saturated:", dict(many(body, arguments.requests, pause=0.12)))
            print(f"(the saturated one alone refused {refused[0]} of its own requests)")
            print("200 on one connection:", dict(rapid(200)))
        with refusing() as (port, refused), nginx(folder, [port, ports[1]]):
            print("one refuses all:", dict(many(body, arguments.requests, pause=0.12)))
        print(f"(it refused {refused[0]} requests, which went to the other)")


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[None]:
    """Run nginx with the example: other ports, and a certificate of its own."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}"]
    subprocess.run([*new, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"listen 443 ssl", f"listen 127.0.0.1:{PORT} ssl", text)
    text = re.sub(r"ssl_certificate +\S+;", f"ssl_certificate {certificate};", text)
    text = re.sub(r"ssl_certificate_key +\S+;", f"ssl_certificate_key {key};", text)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{ports[0]}")
    text = re.sub(r"# server 10\.0\.0\.2:8000", f"server 127.0.0.1:{ports[1]}", text)
    paths = "".join(
        f"{name}_temp_path {folder};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"pid {folder}/pid; error_log {folder}/log; events {{}}\nhttp {{ access_log off; {paths}\n"
    )
    (folder / "nginx.conf").write_text(f"{whole}{text}}}\n", encoding="utf-8")
    command = ["nginx", "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        time.sleep(1)
        yield
    finally:
        process.terminate()
        process.wait()


def ask(
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] = HEADERS,
    host: str = NAME,
) -> tuple[int, str]:
    """Send one request through the proxy; return the status and the seconds to wait, if any."""
    context = ssl._create_unverified_context()  # noqa: S323 - the certificate is our own
    connection = http.client.HTTPSConnection("127.0.0.1", PORT, timeout=120, context=context)
    try:
        connection.request(method, path, body, headers | {"Host": host})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers.get("Retry-After", "")
    except (ConnectionError, ssl.SSLError):
        return 0, ""  # closed before the whole body was sent
    finally:
        connection.close()


def rapid(requests: int) -> Counter[int]:
    """Send requests through the proxy as fast as one connection can; count the statuses."""
    statuses: Counter[int] = Counter()
    context = ssl._create_unverified_context()  # noqa: S323 - the certificate is our own
    connection = http.client.HTTPSConnection("127.0.0.1", PORT, timeout=120, context=context)
    for _ in range(requests):
        connection.request("GET", "/healthz", headers={"Host": NAME})
        response = connection.getresponse()
        response.read()
        statuses[response.status] += 1
    connection.close()
    return statuses


def many(body: bytes, requests: int, pause: float) -> Counter[int]:
    """Send requests through the proxy, each from a thread of its own; count the statuses."""
    statuses: Counter[int] = Counter()
    threads = []
    for _ in range(requests):
        threads.append(
            threading.Thread(target=lambda: statuses.update([ask("POST", "/v1/predict", body)[0]]))
        )
        threads[-1].start()
        time.sleep(pause)
    for thread in threads:
        thread.join()
    return statuses


@contextmanager
def refusing() -> Iterator[tuple[int, list[int]]]:
    """Run a stand-in for an overloaded service; yield its port, and how many it refused."""
    refused = [0]

    class Refusal(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            refused[0] += 1
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], refused
    server.shutdown()


@contextmanager
def saturated(port: int) -> Iterator[list[int]]:
    """Keep the queue of one service full; yield how many of these requests it refused."""
    refused, stop = [0], threading.Event()
    films = ",".join(['{"overview": "%s"}' % ("A gun and a letter. " * 500)] * 32)
    body = f'{{"films": [{films}]}}'.encode()

    def press() -> None:
        while not stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request("POST", "/v1/predict", body, {"Content-Type": "application/json"})
            refused[0] += connection.getresponse().status == 503
            connection.close()

    threads = [threading.Thread(target=press, daemon=True) for _ in range(12)]
    for thread in threads:
        thread.start()
    time.sleep(3)
    try:
        yield refused
    finally:
        stop.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()

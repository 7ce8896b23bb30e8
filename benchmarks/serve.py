"""Measure the service with many clients, and compare it with offline prediction of the same films.

Run with a bundle and a prepared dataset, on an idle machine::

    python benchmarks/serve.py BUNDLE DATASET

Starts ``posterplot serve`` on loopback. Every client sends one film per request, and the next after
the response. Prints errors, films per second, latency, memory, and the gain from batching.
"""

import argparse
import asyncio
import http.client
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, cycle, islice
from pathlib import Path

import numpy as np

from posterplot.dataset.reading import open_dataset
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.serve.batching import Batcher

BOUNDARY = "films"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--films", type=int, default=400)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.dataset)
    every = chain(dataset.films("test"), dataset.films("validation"))
    films = list(islice((film for film in every if len(film.modalities) == 2), arguments.films))
    predictor = Predictor(load_bundle(arguments.bundle))
    bodies = [form(film) for film in films]
    before = offline(predictor, films, arguments.seconds / 3)
    with served(arguments.bundle) as (process, port):
        load(port, bodies, arguments.clients, arguments.seconds / 4)
        warm = memory(process.pid)
        seconds, errors = load(port, bodies, arguments.clients, arguments.seconds)
        after_load = memory(process.pid)
        url = f"http://127.0.0.1:{port}/metrics"
        figures = urllib.request.urlopen(url).read().decode()
    after = offline(predictor, films, arguments.seconds / 3)
    rate, known = len(seconds) / arguments.seconds, (before + after) / 2
    median, late = np.quantile(seconds, (0.5, 0.95))
    batch = figure(figures, "batch_films_sum") / figure(figures, "batch_films_count")
    print(f"{len(films)} films, {arguments.clients} clients, {arguments.seconds:.0f} s")
    print(f"{errors} errors, {len(seconds):,} responses, {batch:.1f} films per batch")
    print(f"{rate:.1f} films/s; predict before {before:.1f}, after {after:.1f}: {rate / known:.0%}")
    print(
        f"latency: median {median:.3f} s, 95th percentile {late:.3f} s, ratio {late / median:.2f}"
    )
    print(f"memory: {warm:.0f} MB before, {after_load:.0f} MB after, {after_load / warm - 1:+.1%}")
    one, many = (gather(predictor, films, arguments.clients, most) for most in (1, 32))
    print(f"{one:.1f} films/s one by one, {many:.1f} in batches: {many / one:.2f} times")


def form(film: Film) -> bytes:
    """Return a film as multipart."""
    parts = [("title", film.title.encode()), ("overview", (film.overview or "").encode())]
    parts += [('poster"; filename="p', film.poster)] if isinstance(film.poster, bytes) else []
    body = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode()


def offline(predictor: Predictor, films: Sequence[Film], seconds: float) -> float:
    """Return films per second of :meth:`Predictor.predict`, measured for at least ``seconds``."""
    done, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        done += sum(1 for _ in predictor.predict(films))
    return done / (time.perf_counter() - began)


@contextmanager
def served(bundle: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Run the service of a bundle on a free port of loopback."""
    command = [sys.executable, "-c", "from posterplot.cli import main; main()", "serve"]
    process = subprocess.Popen(
        [*command, "--model", str(bundle), "--port", "0", *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None  # noqa: S101
        found = re.search(r":(\d+)/", process.stderr.readline())
        if found is None:
            raise SystemExit(f"the service does not start: {process.stderr.read()}")
        port = int(found[1])
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")
                break
            except OSError:
                time.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        process.wait(60)


def load(port: int, bodies: list[bytes], clients: int, seconds: float) -> tuple[list[float], int]:
    """Send films for some seconds; return the latencies in seconds, and the number of failures."""
    took: list[float] = []
    errors: list[object] = []
    until = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for body in cycle(bodies[number % len(bodies) :] + bodies[: number % len(bodies)]):
            began = time.perf_counter()
            if began >= until:
                break
            try:
                connection.request("POST", "/v1/predict", body, HEADERS)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    errors.append(answer.status)
            except OSError as error:
                errors.append(error)
                connection.close()
            took.append(time.perf_counter() - began)
        connection.close()

    step = max(1, len(bodies) // clients)
    threads = [threading.Thread(target=client, args=(n * step,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took, len(errors)


def memory(pid: int) -> float:
    """Return the memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else float("nan")


def figure(text: str, name: str) -> float:
    """Return a value of /metrics."""
    found = re.search(rf"^posterplot_{name} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else float("nan")


def gather(predictor: Predictor, films: Sequence[Film], clients: int, most: int) -> float:
    """Return films per second with batches of at most so many films, without HTTP."""

    async def go() -> float:
        async with Batcher(predictor, max_films=most) as batcher:
            waiting = iter(films)

            async def client() -> None:
                for film in waiting:
                    await batcher.predict([film])

            began = time.perf_counter()
            await asyncio.gather(*(client() for _ in range(clients)))
            return len(films) / (time.perf_counter() - began)

    return asyncio.run(go())


if __name__ == "__main__":
    main()

import base64
import io
import threading
import time
from contextlib import contextmanager

import pytest
from PIL import Image
from starlette.testclient import TestClient

from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.serve.http.app import create_app
from posterplot.serve.http.server import _listen, make_server

OVERVIEW = "A gun, a chase, a letter from the house."


@contextmanager
def running(predictor, **options):
    """Serve for real, in a thread; lend the server and its address."""
    with _listen("127.0.0.1", 0) as listening:
        server = make_server(predictor, **options)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield server, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def encoded(image=None, kind="PNG", **options):
    stream = io.BytesIO()
    (image or Image.new("RGB", (40, 60), (200, 90, 20))).save(stream, kind, **options)
    return stream.getvalue()


def in_base64(content):
    return base64.b64encode(content).decode()


def check_problem(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    details = response.json()
    assert details["status"] == status
    assert details["detail"]
    assert details["hint"]
    return details


@pytest.fixture(scope="session")
def predictor(joint_run):
    return Predictor(load_bundle(joint_run))


@pytest.fixture(scope="session")
def client(predictor):
    with TestClient(create_app(predictor), base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="session")
def address(predictor):
    with running(predictor) as (_, address):
        yield address

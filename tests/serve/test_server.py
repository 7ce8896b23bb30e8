import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from posterplot.serve import server as server_module
from tests.serve.conftest import OVERVIEW, running


def connect(address):
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def everything(connection):
    """Read until the other side closes."""
    said = b""
    while more := connection.recv(65536):
        said += more
    return said


def test_a_port_that_is_taken_is_told_in_one_line(call, joint_run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, said = call("serve", "--model", joint_run, "--port", port)
    assert code == 2
    assert f"127.0.0.1:{port}: cannot listen there" in said
    assert len(said.strip().splitlines()) == 1


def test_the_verb_says_where_it_serves_and_warns(call, joint_run, monkeypatch):
    monkeypatch.setattr("uvicorn.Server.run", lambda *_: None)
    code, _, said = call("serve", "--model", joint_run, "--port", 0)
    assert code == 0
    assert "serving tiny-joint at http://127.0.0.1:" in said
    assert "anyone" not in said
    assert "anyone" in call("serve", "--model", joint_run, "--port", 0, "--host", "0.0.0.0")[2]


def test_slow_heads_and_bodies_are_given_up(predictor, monkeypatch):
    monkeypatch.setattr(server_module, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr("posterplot.serve.http.bodies.BODY_SECONDS", 0.2)
    monkeypatch.setattr("posterplot.serve.http.guard._LINGER_SECONDS", 0.1)
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with running(predictor) as (_, address):
        with connect(address) as silent:
            assert everything(silent) == b""
        with connect(address) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while b"ok" not in slow.recv(65536):
                pass
            slow.sendall(b"GET /healthz HT")  # a second head, never ended
            assert everything(slow) == b""
        with connect(address) as slow:
            slow.sendall(head + b"Content-Length: 9\r\n\r\n{")
            said = everything(slow)
        assert said.startswith(b"HTTP/1.1 408")
        assert b"application/problem+json" in said
        with connect(address) as endless:
            endless.sendall(head + b"Content-Length: 99999999999\r\n\r\n{")
            assert everything(endless).startswith(b"HTTP/1.1 413")
        with connect(address) as broken:
            broken.sendall(b"\x00\x01\r\n\r\n")
            assert everything(broken).startswith(b"HTTP/1.1 400")


def test_what_was_begun_is_finished(predictor, monkeypatch):
    begun, real = threading.Event(), predictor.predict

    def slow(films):
        begun.set()
        time.sleep(0.5)
        return real(films)

    monkeypatch.setattr(predictor, "predict", slow)
    answers = []
    with running(predictor) as (server, address):

        def ask():
            body = b'{"films": [{"overview": "%s"}]}' % OVERVIEW.encode()
            request = urllib.request.Request(
                address + "/v1/predict", body, {"Content-Type": "application/json"}
            )
            answers.append(urllib.request.urlopen(request, timeout=10).status)

        asking = threading.Thread(target=ask)
        asking.start()
        assert begun.wait(5)
        server.should_exit = True
        asking.join()
    assert answers == [200]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address + "/healthz", timeout=2)

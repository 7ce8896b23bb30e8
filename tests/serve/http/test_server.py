import asyncio
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress

import pytest
from tests.serve.conftest import OVERVIEW, running

from posterplot.errors import BundleError, UsageError
from posterplot.serve.http import server as server_module


def connect(address):
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def read_all(connection):
    """Read until the other side closes."""
    content = b""
    while more := connection.recv(65536):
        content += more
    return content


def test_a_port_in_use_is_reported_in_one_line(call, joint_run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = call("serve", "--model", joint_run, "--port", port)
    assert code == 2
    assert f"127.0.0.1:{port}: cannot listen here (Address already in use); choose" in err
    assert len(err.strip().splitlines()) == 1


def test_a_graph_that_cannot_be_run_is_reported_in_one_line(call, joint_run, monkeypatch):
    def fail(*_):
        raise BundleError("cannot be run", where="model.onnx")

    monkeypatch.setattr("posterplot.serve.http.responses.empty_logits", fail)
    code, out, err = call("serve", "--model", joint_run, "--port", 0)
    assert code == 2
    assert "model.onnx: cannot be run" in err
    assert len(err.strip().splitlines()) == 1
    assert "Serving" not in out


def test_a_name_that_does_not_resolve_has_the_resolver_s_reason(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(UsageError, match=r"cannot listen here \(Name or service not known\)"):
        server_module._listen("films.invalid", 80)


@pytest.mark.parametrize("size", [17_000, 200_000, 2_000_000])
@pytest.mark.parametrize("line", [b"X: %s", b"%s"])
def test_a_head_that_is_too_large_is_refused_with_431(address, size, line):
    content = b"y" * size if line != b"%s" else b"X-Header: yyyyyyyyyy\r\n" * (size // 16)
    with connect(address) as client:
        with suppress(ConnectionError):  # the server may close before all is sent
            head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
            client.sendall(head + line % content + b"\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 431"


def test_slow_heads_and_bodies_are_closed(predictor, monkeypatch):
    monkeypatch.setattr(server_module, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr("posterplot.serve.http.bodies.BODY_SECONDS", 0.2)
    monkeypatch.setattr("posterplot.serve.http.middleware._LINGER_SECONDS", 0.1)
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with running(predictor) as (_, address):
        with connect(address) as silent:
            assert read_all(silent) == b""
        with connect(address) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while b"ok" not in slow.recv(65536):
                pass
            slow.sendall(b"GET /healthz HT")  # a second head that never ends
            assert read_all(slow) == b""
        with connect(address) as slow:
            slow.sendall(head + b"Content-Length: 9\r\n\r\n{")
            response = read_all(slow)
        assert response.startswith(b"HTTP/1.1 408")
        assert b"application/problem+json" in response
        with connect(address) as endless:
            endless.sendall(head + b"Content-Length: 99999999999\r\n\r\n{")
            assert read_all(endless).startswith(b"HTTP/1.1 413")
        with connect(address) as broken:
            broken.sendall(b"\x00\x01\r\n\r\n")
            assert read_all(broken).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("requests", [1, 200])
def test_clients_that_do_not_read_are_closed(predictor, monkeypatch, requests):
    monkeypatch.setattr(server_module, "WRITE_SECONDS", 0.3)
    large = "x" * 10_000_000  # more than the buffers of both systems
    monkeypatch.setattr("posterplot.serve.http.responses.Responses.model", lambda _: {"a": large})
    with running(predictor) as (server, address), socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, port = address.removeprefix("http://").split(":")
        client.connect((host, int(port)))
        client.sendall(b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\n\r\n" * requests)
        deadline = time.monotonic() + 10
        while server.server_state.connections or not server.server_state.total_requests:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_request_cancelled_at_shutdown_is_not_logged(predictor, monkeypatch, caplog):
    started = threading.Event()

    async def never(*_):
        started.set()
        await asyncio.sleep(60)

    monkeypatch.setattr("posterplot.serve.http.responses.Responses.predict", never)
    with running(predictor) as (server, address):
        server.config.timeout_graceful_shutdown = 0.1
        body = b'{"films": [{"overview": "x"}]}'
        head = f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        with connect(address) as client:
            client.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            assert started.wait(5)
            server.should_exit = True
            read_all(client)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("host", ["[::1]", "::1", "::"])
def test_addresses_of_ipv6(host):
    try:
        listening = server_module._listen(host, 0)
    except UsageError:
        pytest.skip("no IPv6 here")
    with listening:
        port = listening.getsockname()[1]
        for address in ("::1", *(["127.0.0.1"] if host == "::" else [])):
            socket.create_connection((address, port), timeout=5).close()


@pytest.mark.parametrize("token", ["a\nb", "\udcff"])
def test_tokens_that_no_header_can_hold_are_refused(token):
    with pytest.raises(UsageError, match="the token has control characters, or is not UTF-8"):
        server_module._checked_token(token, print)


def test_requests_under_way_are_finished_at_shutdown(predictor, monkeypatch):
    started, real = threading.Event(), predictor.predict

    def slow(films):
        started.set()
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
        assert started.wait(5)
        server.should_exit = True
        asking.join()
    assert answers == [200]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address + "/healthz", timeout=2)

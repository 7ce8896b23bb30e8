import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress

import pytest
from tests.serve.conftest import OVERVIEW, running

from posterplot.errors import UsageError
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


def test_a_name_that_does_not_resolve_has_the_resolver_s_reason(monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(UsageError, match=r"cannot listen here \(Name or service not known\)"):
        server_module._listen("films.invalid", 80)


@pytest.fixture
def hosts(monkeypatch):
    """Run ``posterplot serve`` up to the server; return the hosts and tokens it would accept."""
    accepted = []
    monkeypatch.delenv("POSTERPLOT_TOKEN", raising=False)
    monkeypatch.setattr("uvicorn.Server.run", lambda *_: None)
    real = server_module.make_server

    def make_server(predictor, *, allowed_hosts, token):
        accepted.append((list(allowed_hosts), token))
        return real(predictor, allowed_hosts=allowed_hosts, token=token)

    monkeypatch.setattr(server_module, "make_server", make_server)
    return accepted


def test_serve_prints_its_address(call, joint_run, hosts):
    code, _, err = call("serve", "--model", joint_run, "--port", 0)
    assert code == 0
    assert "Serving tiny-joint at http://127.0.0.1:" in err
    assert "Anyone" not in err
    assert "localhost" in hosts[0][0]
    assert "*" not in hosts[0][0]


def test_other_addresses_than_loopback_require_a_token_or_hosts(call, joint_run, hosts):
    options = ("serve", "--model", joint_run, "--port", 0, "--host", "0.0.0.0")
    code, _, err = call(*options)
    assert code == 2
    assert "--allow-host" in err
    assert len(err.strip().splitlines()) == 1
    code, _, err = call(*options, "--token", " open sesame ")
    assert code == 0
    assert "White space around the token was removed." in err
    assert hosts.pop() == (["*"], "open sesame")
    code, _, err = call(*options, "--allow-host", "films.lan", "--allow-host", "*.example")
    assert code == 0
    assert "Anyone who reaches this address can use it." in err
    assert {"films.lan", "*.example", "localhost"} <= set(hosts.pop()[0])


@pytest.mark.parametrize("name", ["films.lan:80", "http://films.lan", "f*", "*.*", "", "a@b"])
def test_an_allowed_host_that_is_no_name_is_refused(call, joint_run, hosts, name):
    code, _, err = call("serve", "--model", joint_run, "--port", 0, "--allow-host", name)
    assert code == 2
    assert "not a host name" in err


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_refused(call, joint_run, hosts, monkeypatch, token):
    options = ("serve", "--model", joint_run, "--port", 0)
    code, _, err = call(*options, "--token", token)
    assert code == 2
    assert "the token is empty" in err
    monkeypatch.setenv("POSTERPLOT_TOKEN", token)
    code, _, err = call(*options)
    assert code == 2
    assert "the token is empty" in err
    assert not hosts


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
